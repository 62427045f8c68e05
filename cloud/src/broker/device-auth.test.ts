import { describe, expect, it } from "vitest";
import { EnrolmentAuth } from "./device-auth.js";

const auth = () => new EnrolmentAuth({ enrolmentToken: "enrolment-token-0123" });

describe("device authentication", () => {
  it("turns user name and enrolment token into the address the device speaks for", async () => {
    expect(await auth().check("hall.box", "enrolment-token-0123")).toEqual({ venue: "hall", device: "box" });
  });

  it("knows no names that would not fit into a topic", async () => {
    for (const name of ["", "box", "a.b.c", "a.+", "#.b", "A.b", "a/b.c", `${"x".repeat(64)}.b`]) {
      expect(await auth().check(name, "enrolment-token-0123"), name).toBe(undefined);
    }
  });
});
