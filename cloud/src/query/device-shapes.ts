/** Devices as the API shows them: what always stands there is named, what boxes say is passed on as it came. */
import { z } from "zod";

const said = z.looseObject({}).nullable();

export const DeviceLine = z.looseObject({
  id: z.string(),
  venue: z.string(),
  device: z.string(),
  name: z.string(),
  version: z.string(),
  model: z.string(),
  state: z.enum(["online", "offline"]),
  firstSeenUs: z.int(),
  lastSeenUs: z.int(),
  skewUs: z.number(),
  tags: z.array(z.string()),
  status: said,
  grid: said,
  tempo: said,
  override: said,
  alerts: z.array(z.looseObject({})),
});

export const DevicesList = z.object({
  devices: z.array(DeviceLine),
  /** Where the next page is; null = these were all. */
  next: z.string().nullable(),
});

export const DeviceInFull = DeviceLine.extend({
  telemetry: said,
  levels: said,
  outputs: z.array(z.looseObject({})),
  history: z.looseObject({}),
});
