import { EventEmitter } from "node:events";
import { UsageError } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { tapByEye, tapDelays } from "./tap-by-eye.js";

/** A terminal in which somebody presses a key so long after each flash. */
function terminal(options: { lateMs?: number; key?: string; isTTY?: boolean } = {}) {
  const { lateMs = 30, key = " ", isTTY = true } = options;
  const keys = Object.assign(new EventEmitter(), {
    isTTY,
    raw: false,
    setRawMode: (raw: boolean) => Object.assign(keys, { raw }),
    resume: () => keys,
    pause: () => keys,
  });
  const write = (text: string) => {
    if (text.startsWith("\r\x1b[7m")) setTimeout(() => keys.emit("data", Buffer.from(key)), lateMs);
  };
  return { keys, write };
}

const clock = { monotonic: () => performance.now() / 1000, epochUs: () => 0 };

function tap(person: ReturnType<typeof terminal>, flashes = 16) {
  return tapByEye({
    clock,
    keys: person.keys as unknown as NodeJS.ReadStream,
    write: person.write,
    flashes,
    periodMs: 150,
  });
}

describe("tapByEye()", () => {
  it("gives the median of how late the taps were", async () => {
    const person = terminal({ lateMs: 30 });

    const result = await tap(person);

    expect(result.found).toBe(12);
    expect(result.medianMs).toBeGreaterThan(25);
    expect(result.medianMs).toBeLessThan(60);
    expect(person.keys.raw).toBe(false);
  });

  it("writes nothing when it is broken off, and gives the terminal back", async () => {
    const person = terminal({ key: "\x03" });

    await expect(tap(person)).rejects.toThrow("broken off");
    expect(person.keys.raw).toBe(false);
  });

  it("asks for more taps when there were too few", async () => {
    await expect(tap(terminal(), 9)).rejects.toThrow("Only 5 taps fell near a flash, 10 are needed");
  });

  it("refuses to wait for taps where there is no terminal", async () => {
    await expect(tap(terminal({ isTTY: false }))).rejects.toThrow(UsageError);
  });
});

describe("tapDelays()", () => {
  it("pairs each flash with its nearest tap and leaves out those that were missed", () => {
    const delays = tapDelays([1.02, 1.25, 2.03, 3.98], [1, 2, 3, 4], 1);

    expect(delays.map((delay) => Math.round(delay * 1000))).toEqual([20, 30, -20]);
  });
});
