import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveWatch } from "./live-watch.js";

const log = pino({ level: "silent" });
const asks = (forS: number) => Buffer.from(JSON.stringify({ v: 1, forS }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch() {
  const changes: boolean[] = [];
  const clock = { monotonic: () => Date.now() / 1000, epochUs: () => Date.now() * 1000 };
  const subject = new LiveWatch({ clock, log, onChange: (isWatched) => changes.push(isWatched) });
  return { subject, changes };
}

test("watch ends by itself when it is not asked for again", () => {
  const { subject, changes } = watch();

  subject.hear(asks(30));
  vi.advanceTimersByTime(31_000);

  expect(changes).toEqual([true, false]);
});

test("watch that is renewed in time goes on without a change", () => {
  const { subject, changes } = watch();

  for (let second = 0; second < 100; second += 10) {
    subject.hear(asks(30));
    vi.advanceTimersByTime(10_000);
  }

  expect(changes).toEqual([true]);
  expect(subject.isWatched).toBe(true);
});

test("request that cannot be read changes nothing", () => {
  const { subject, changes } = watch();

  for (const bytes of ["", "{", '{"v":1,"forS":-1}', '{"v":1,"forS":1e9}']) subject.hear(Buffer.from(bytes));

  expect(changes).toEqual([]);
});

test("watch ends with the link to the cloud", () => {
  const { subject, changes } = watch();

  subject.hear(asks(30));
  subject.stop();

  expect(changes).toEqual([true, false]);
});
