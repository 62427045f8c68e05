import { expect, test } from "vitest";
import { AlertBook, type AlertText } from "./alert-book.js";

const text: AlertText = { severity: "critical", message: "No sound", remedy: "Check the cable" };

test("an alert keeps the instant since when it is there", () => {
  const book = new AlertBook();

  expect(book.set("capture-lost", text, 1000)).toBe(true);
  expect(book.set("capture-lost", text, 2000)).toBe(false);
  expect(book.set("capture-lost", { ...text, message: "No sound at all" }, 3000)).toBe(true);

  expect(book.list()).toEqual([{ v: 1, id: "capture-lost", ...text, message: "No sound at all", sinceUs: 1000 }]);
});

test("an alert that is over is gone", () => {
  const book = new AlertBook();
  book.set("capture-lost", text, 1000);

  expect(book.set("capture-lost", undefined, 2000)).toBe(true);
  expect(book.set("capture-lost", undefined, 3000)).toBe(false);
  expect(book.list()).toEqual([]);
});
