import { expect, test } from "vitest";
import { BackfillGrant } from "./backfill-grant.js";

const SECOND = 1_000_000;
const arrival = (deviceId: string, change = {}) => ({ deviceId, late: true, atUs: 0, fill: 0, ...change });

test("a device alone may send quickly", () => {
  expect(new BackfillGrant().after(arrival("hall.a"))).toBe(50);
});

test("devices that catch up at the same time share what there is", () => {
  const grant = new BackfillGrant({ totalPerS: 60 });
  for (const deviceId of ["hall.a", "hall.b", "hall.c"]) grant.after(arrival(deviceId));

  expect(grant.after(arrival("hall.a"))).toBe(20);
});

test("a device that is done leaves its share to the others", () => {
  const grant = new BackfillGrant({ totalPerS: 60 });
  for (const deviceId of ["hall.a", "hall.b", "hall.c"]) grant.after(arrival(deviceId));

  expect(grant.after(arrival("hall.a", { atUs: 11 * SECOND }))).toBe(50);
});

test("the fuller the queue before the store the less is granted, but never nothing", () => {
  const grant = new BackfillGrant({ totalPerS: 60 });

  expect(grant.after(arrival("hall.a", { fill: 0.5 }))).toBe(30);
  expect(grant.after(arrival("hall.a", { fill: 1 }))).toBe(0.2);
});
