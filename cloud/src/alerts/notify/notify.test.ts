import { expect, it } from "vitest";
import type { StoredAlert } from "../alert.js";
import { foldEvents } from "./fold-events.js";
import { mailText } from "./mail-text.js";
import type { EventKind, PendingEvent } from "./notice.js";
import { isPrivateAddress } from "./private-addresses.js";
import { CircuitBreaker, nextTryUs, RETRY } from "./retry-plan.js";

let nextId = 1;
const alert = (id: number, change: Partial<StoredAlert> = {}): StoredAlert => ({
  ...{
    id,
    subject: `club.box-${id}`,
    rule: "offline",
    severity: "critical",
    state: "raised",
    message: "The box is not connected",
  },
  ...{ remedy: "See to it", raisedUs: 1, acknowledgedUs: 0, acknowledgedBy: "", note: "", clearedUs: 0, clearedBy: "" },
  ...change,
});
const event = (kind: EventKind, of: StoredAlert): PendingEvent => ({ id: nextId++, kind, atUs: 1, alert: of });
const fold = (events: PendingEvent[], isMuted = (_: StoredAlert) => false) =>
  foldEvents({ events, nowUs: 1e15, isMuted, foldAbove: 3 });

it("few alerts are told one by one, many of one rule as one", () => {
  const few = fold([1, 2, 3].map((id) => event("raised", alert(id))));
  const many = fold(Array.from({ length: 500 }, (_, id) => event("raised", alert(id))));

  expect(few.notices.map(({ data }) => data.title)).toEqual([
    "club.box-1: The box is not connected",
    "club.box-2: The box is not connected",
    "club.box-3: The box is not connected",
  ]);
  expect(many.notices).toHaveLength(1);
  expect(many.notices[0]?.data).toMatchObject({ title: "500 devices: offline", count: 500 });
  expect(many.notices[0]?.data.alerts).toHaveLength(50);
  expect(many.done).toHaveLength(500);
});

it("what was over before anybody heard of it is not told, and what is muted waits", () => {
  const short = alert(1);
  const muted = alert(2, { rule: "hot" });
  const events = [event("raised", short), event("raised", muted), event("cleared", short)];

  const { notices, done } = fold(events, ({ id }) => id === 2);

  expect(notices).toEqual([]);
  expect(done).toEqual([events[0]?.id, events[2]?.id]);
});

it("the end of what people know of is told even under a mute", () => {
  expect(fold([event("cleared", alert(1))], () => true).notices[0]?.data.title).toBe(
    "club.box-1: The box is not connected (over)",
  );
});

it("a mail begins with the worst, and no word of a device becomes a line of its own", () => {
  const evil = alert(1, { severity: "info", message: "x\r\nBcc: a@b.c\u2028y" });
  const { notices } = fold([
    event("cleared", alert(3)),
    event("raised", evil),
    event("raised", alert(2, { rule: "hot" })),
  ]);

  const { subject, text } = mailText(notices);

  expect(subject).toBe("[Tactus] club.box-2: The box is not connected (+2 more)");
  expect(text.split("\n")[0]).toBe("CRITICAL club.box-2: The box is not connected");
  expect(text).toContain("INFO club.box-1: x Bcc: a@b.c y");
  expect(text.match(/^Bcc/m)).toBe(null);
});

it("tries spread over a day, then end", () => {
  let nowUs = 0;
  let attempts = 0;
  const waits: number[] = [];
  for (;;) {
    attempts++;
    const next = nextTryUs({ attempts, queuedUs: 0, nowUs, retryAfterS: 0, random: 1 }, RETRY);
    if (next === undefined) break;
    waits.push((next - nowUs) / 1e6);
    nowUs = next;
  }

  expect(waits.slice(0, 4)).toEqual([10, 20, 40, 80]);
  expect(Math.max(...waits)).toBe(3600);
  expect(nowUs / 3.6e9).toBeGreaterThan(22);
  expect(nextTryUs({ attempts: 1, queuedUs: 0, nowUs: 0, retryAfterS: 600, random: 0 }, RETRY)).toBe(600e6);
});

it("a target that fails five times in a row is left alone for a while, then probed by one", () => {
  const breaker = new CircuitBreaker();
  for (let index = 0; index < 5; index++) breaker.failed(0);

  expect(breaker.allowance(29e6, 10)).toBe(0);
  expect(breaker.allowance(31e6, 10)).toBe(1);
  breaker.failed(31e6);
  expect(breaker.isOpen(90e6)).toBe(true);
  expect(breaker.allowance(92e6, 10)).toBe(1);
  breaker.succeeded();
  expect(breaker.allowance(92e6, 10)).toBe(10);
});

it("addresses of a house, of this machine and of none are private", () => {
  const inside = [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "[::1]",
    "name",
    "",
  ];

  expect(inside.filter((address) => !isPrivateAddress(address))).toEqual([]);
  expect(["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"].filter(isPrivateAddress)).toEqual([]);
});
