import { describe, expect, it } from "vitest";
import { hashSecret } from "../secrets.js";
import { EnrolmentAuth } from "./device-auth.js";

const auth = (secrets: Record<string, string> = {}) =>
  new EnrolmentAuth({
    enrolmentToken: "enrolment-token-0123",
    table: {
      credentialOf: async (deviceId) => {
        const secret = secrets[deviceId];
        return secret === undefined ? undefined : hashSecret(secret);
      },
    },
  });

describe("device authentication", () => {
  it("turns user name and enrolment token into the address the device speaks for", async () => {
    expect(await auth().check("hall.box", "enrolment-token-0123")).toEqual({ venue: "hall", device: "box" });
  });

  it("accepts of a device with a secret of its own only that secret", async () => {
    const claimed = auth({ "hall.box": "own-secret" });

    expect(await claimed.check("hall.box", "own-secret")).toEqual({ venue: "hall", device: "box" });
    expect(await claimed.check("hall.box", "enrolment-token-0123")).toBe(undefined);
    expect(await claimed.check("hall.other", "own-secret")).toBe(undefined);
  });

  it("knows no names that would not fit into a topic", async () => {
    for (const name of ["", "box", "a.b.c", "a.+", "#.b", "A.b", "a/b.c", `${"x".repeat(64)}.b`]) {
      expect(await auth().check(name, "enrolment-token-0123"), name).toBe(undefined);
    }
  });
});
