import { expect, test } from "vitest";
import { FrameGuard } from "./frame-guard.js";

/** A PUBLISH whose remaining length says `length`, with no more body than `body` bytes. */
function packet(length: number, body = length): Buffer {
  const head = [0x30];
  let rest = length;
  do {
    head.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from(head), Buffer.alloc(body)]);
}

test("frame guard lets packets up to 256 KiB pass", () => {
  const guard = new FrameGuard();

  expect(guard.accepts(Buffer.concat([packet(0), packet(10), packet(262_144), packet(3)]))).toBe(true);
});

test("frame guard refuses a longer packet by its header alone", () => {
  const guard = new FrameGuard();

  expect(guard.accepts(packet(262_145, 0))).toBe(false);
});

test("frame guard follows packets cut at every byte", () => {
  const guard = new FrameGuard();
  const bytes = Buffer.concat([packet(200), packet(0), packet(20_000), packet(1)]);

  const verdicts = new Set([...bytes].map((byte) => guard.accepts(Uint8Array.of(byte))));
  const tooLong = [...packet(300_000, 0)].map((byte) => guard.accepts(Uint8Array.of(byte)));

  expect(verdicts).toEqual(new Set([true]));
  expect(tooLong).toEqual([true, true, true, false]);
});

test("frame guard refuses a length of five bytes", () => {
  const guard = new FrameGuard();

  expect(guard.accepts(Uint8Array.of(0x10, 0x80, 0x80, 0x80, 0x80, 0x01))).toBe(false);
});
