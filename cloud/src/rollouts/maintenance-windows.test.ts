import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowsBetween } from "./maintenance-windows.js";
import { offsetMsAt, stretchesOf } from "./time-zone.js";
import { VenueSettings, WEEKDAYS } from "./venue.js";

const us = (iso: string) => Date.parse(iso) * 1000;
const shown = (windows: { fromUs: number; toUs: number }[]) =>
  windows.map(({ fromUs, toUs }) => [fromUs, toUs].map((atUs) => new Date(atUs / 1000).toISOString().slice(5, 16)));
const venue = (settings: object) => VenueSettings.parse(settings);

describe("maintenance windows", () => {
  it("are four hours in the early morning, UTC, where nothing was set", () => {
    const windows = windowsBetween(venue({}), us("2026-11-22T10:00Z"), us("2026-12-06T10:00Z"));

    expect(shown(windows)[0]).toEqual(["11-23T04:00", "11-23T08:00"]);
    expect(windows).toHaveLength(14);
  });

  it("follow the venue's clock over the change to summer time and back", () => {
    const berlin = venue({ timeZone: "Europe/Berlin", windows: [{ from: "04:00", to: "07:00" }] });

    const spring = shown(windowsBetween(berlin, us("2026-03-28T00:00Z"), us("2026-03-30T00:00Z")));
    expect(spring).toEqual([["03-28T03:00", "03-28T06:00"], ["03-29T02:00", "03-29T05:00"]]); // biome-ignore format: pairs
    const autumn = shown(windowsBetween(berlin, us("2026-10-24T00:00Z"), us("2026-10-26T00:00Z")));
    expect(autumn).toEqual([["10-24T02:00", "10-24T05:00"], ["10-25T03:00", "10-25T06:00"]]); // biome-ignore format: pairs
  });

  it("have nothing in an hour that is skipped, and both of an hour that comes twice", () => {
    const berlin = venue({ timeZone: "Europe/Berlin", windows: [{ from: "02:15", to: "02:45" }] });

    expect(windowsBetween(berlin, us("2026-03-29T00:00Z"), us("2026-03-29T12:00Z"))).toEqual([]);
    expect(shown(windowsBetween(berlin, us("2026-10-25T00:00Z"), us("2026-10-25T12:00Z")))).toEqual([
      ["10-25T00:15", "10-25T00:45"],
      ["10-25T01:15", "10-25T01:45"],
    ]);
  });

  it("go past midnight, on the days they begin on", () => {
    const windows = windowsBetween(
      venue({ timeZone: "America/New_York", windows: [{ days: ["sun"], from: "23:00", to: "02:00" }] }),
      us("2026-11-22T00:00Z"),
      us("2026-11-29T00:00Z"),
    );

    expect(shown(windows)).toEqual([["11-23T04:00", "11-23T07:00"]]);
  });

  it("can be cron expressions that last so many minutes, and are joined where they overlap", () => {
    const windows = windowsBetween(
      venue({
        timeZone: "Europe/Berlin",
        windows: [
          { cron: "0 4 * * 1-5", minutes: 90 },
          { from: "05:00", to: "06:00" },
        ],
      }),
      us("2026-11-20T12:00Z"),
      us("2026-11-23T12:00Z"),
    );

    expect(shown(windows)).toEqual([
      ["11-21T04:00", "11-21T05:00"],
      ["11-22T04:00", "11-22T05:00"],
      ["11-23T03:00", "11-23T05:00"],
    ]);
  });

  it("hold exactly the instants at which the venue's clock shows a time inside, in any zone and on any day", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"];
    const time = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(
        fc.constantFrom(...zones, "America/St_Johns", "Pacific/Apia", "UTC"),
        fc.integer({ min: us("2026-01-01T00:00Z"), max: us("2027-12-31T00:00Z") }),
        fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
        time,
        time,
        fc.array(fc.integer({ min: 0, max: 3 * 86_400 }), { minLength: 40, maxLength: 40 }),
        (timeZone, fromUs, days, from, to, offsets) => {
          fc.pre(from !== to);
          const settings = venue({ timeZone, windows: [{ days, from: clock(from), to: clock(to) }] });
          const windows = windowsBetween(settings, fromUs, fromUs + 3 * 86_400_000_000);
          for (const offsetS of offsets) {
            const atUs = fromUs + offsetS * 1_000_000;
            const isIn = windows.some((window) => window.fromUs <= atUs && atUs < window.toUs);
            expect(isIn).toBe(clockIsInside(timeZone, atUs / 1000, { days, from, to }));
          }
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });

  it("finds every move of the clock", () => {
    const stretches = stretchesOf("Australia/Lord_Howe", Date.parse("2026-01-01"), Date.parse("2027-01-01"));

    expect(stretches.map(({ offsetMs }) => offsetMs / 3_600_000)).toEqual([11, 10.5, 11]);
    expect(offsetMsAt("Asia/Kathmandu", 0)).toBe(5.5 * 3_600_000);
  });

  it.each([
    [{ timeZone: "Mars/Olympus" }, "no time zone"],
    [{ timeZone: "+02:00" }, "no time zone"],
    [{ windows: [{ from: "04:00", to: "04:00" }] }, "Is empty"],
    [{ windows: [{ cron: "nonsense", minutes: 5 }] }, "not a cron expression"],
    [{ windows: [{ cron: "* * * * * *", minutes: 5 }] }, "not a cron expression"],
    [{ windows: [] }, "Too small"],
  ])("refuses %j", (settings, reason) => {
    expect(JSON.stringify(VenueSettings.safeParse(settings).error?.issues)).toContain(reason);
  });
});

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** By the definition, with another tool than the one under test. */
function clockIsInside(
  timeZone: string,
  atMs: number,
  { days, from, to }: { days: string[]; from: number; to: number },
) {
  const shownAt = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = new Map<string, string>(shownAt.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const minutes = Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
  const today = parts.get("weekday")?.toLowerCase() ?? "";
  const yesterday = WEEKDAYS[(WEEKDAYS.indexOf(today as "mon") + 6) % 7] ?? "";
  if (from < to) return days.includes(today) && minutes >= from && minutes < to;
  return (days.includes(today) && minutes >= from) || (days.includes(yesterday) && minutes < to);
}
