import { expect, it } from "vitest";
import { RecentError } from "./recent-error.js";

it("a failure is told until the output has sent without one for a while", () => {
  const recent = new RecentError();

  expect(recent.textOf({ errors: 0, sent: 5, lastError: "" }, 1)).toBe("");
  expect(recent.textOf({ errors: 1, sent: 5, lastError: "no route" }, 2)).toBe("no route");
  expect(recent.textOf({ errors: 1, sent: 90, lastError: "no route" }, 11)).toBe("no route");
  expect(recent.textOf({ errors: 1, sent: 100, lastError: "no route" }, 12)).toBe("");
  expect(recent.textOf({ errors: 2, sent: 100, lastError: "no route" }, 13)).toBe("no route");
  expect(recent.textOf({ errors: 2, sent: 100, lastError: "no route" }, 60)).toBe("no route");
  expect(recent.textOf({ errors: 2, sent: 101, lastError: "no route" }, 61)).toBe("");
});

it("a state of things is told as long as it holds", () => {
  const recent = new RecentError();

  expect(recent.textOf({ errors: 0, sent: 1, lastError: "No address for desk" }, 1)).toBe("No address for desk");
  expect(recent.textOf({ errors: 0, sent: 900, lastError: "No address for desk" }, 90)).toBe("No address for desk");
});
