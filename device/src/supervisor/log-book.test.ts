import { expect, test } from "vitest";
import type { LogLine } from "../process-channel.js";
import { LogBook } from "./log-book.js";

function bookOf(keep = 3) {
  const sent: { lines: LogLine[]; dropped: number }[] = [];
  const clock = { now: 100 };
  const book = new LogBook({
    keep,
    send: (lines, dropped) => sent.push({ lines, dropped }),
    now: () => clock.now,
    nowUs: () => 5_000_000,
  });
  return { book, sent, clock };
}
const line = (level: number, time: number, msg: string, more = {}) =>
  JSON.stringify({ level, time, pid: 1, hostname: "box", name: "agent", msg, ...more });

test("book keeps the last lines of each process, and tells them in the order of time", () => {
  const { book } = bookOf();
  for (let k = 1; k <= 5; k++) book.write("agent", line(30, k * 10, `a${k}`));
  book.write("hearing", line(40, 45, "h", { reason: "gone" }));

  expect(book.recent().map(({ text }) => text)).toEqual(["a3", "a4", 'h {"reason":"gone"}', "a5"]);
  expect(book.recent("warn")).toEqual([
    { atUs: 45_000, level: "warn", process: "hearing", text: 'h {"reason":"gone"}' },
  ]);
});

test("what is no log line is kept as it is, and called an error", () => {
  const { book } = bookOf();
  book.write("hearing", "free(): invalid pointer");
  book.write("hearing", "[1,2]");
  book.write("hearing", "  ");

  expect(book.recent().map(({ text, level }) => [text, level])).toContainEqual(["free(): invalid pointer", "error"]);
});

test("who reads along gets the last lines first, then the new ones, until the time is over", () => {
  const { book, sent, clock } = bookOf();
  for (let k = 1; k <= 3; k++) book.write("agent", line(30, k, `a${k}`));
  book.follow({ forS: 10, level: "info", lines: 2 });
  book.write("agent", line(20, 9, "debug"));
  book.write("agent", line(30, 10, "a4"));
  book.flush();
  clock.now = 111;
  book.write("agent", line(30, 11, "a5"));
  book.flush();

  expect(sent).toEqual([{ lines: [expect.anything(), expect.anything(), expect.anything()], dropped: 0 }]);
  expect(sent[0]?.lines.map(({ text }) => text)).toEqual(["a2", "a3", "a4"]);
});

test("more lines than can be sent are counted", () => {
  const { book, sent } = bookOf(10);
  book.follow({ forS: 10, level: "trace", lines: 0 });
  for (let k = 0; k < 2500; k++) book.write("agent", line(30, k, "x"));
  book.flush();

  expect(sent[0]?.lines).toHaveLength(200);
  expect(sent[0]?.dropped).toBe(500);
});
