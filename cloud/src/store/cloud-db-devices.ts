/** The devices of an earlier Tactus' cloud.db into the fleet's database. */
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import type { Log } from "../log.js";
import type { FleetStore } from "./fleet-store.js";

interface OldDevice {
  deviceId: string;
  name: string;
  version: string;
  model: string;
  firstSeenUs: number;
  lastSeenUs: number;
}

/** Saying it twice changes nothing: a device that is known better stays as it is. */
export async function bringDevicesAlong(options: {
  file: string;
  fleet: Pick<FleetStore, "devices">;
  log: Log;
}): Promise<void> {
  const { file, fleet, log } = options;
  if (!existsSync(file)) return;
  const known = new Set((await fleet.devices.list()).map(({ deviceId }) => deviceId));
  try {
    const devices = devicesInSync(file).filter(({ deviceId }) => !known.has(deviceId));
    const sightings = devices.flatMap(({ firstSeenUs, ...device }) => [{ ...device, lastSeenUs: firstSeenUs }, device]);
    if (sightings.length > 0) await fleet.devices.sight(sightings);
  } catch (error) {
    log.error({ file, reason: (error as Error).message }, "Devices of the earlier database cannot be read");
  }
}

function devicesInSync(file: string): OldDevice[] {
  const db = new Database(file, { readonly: true });
  try {
    return db
      .prepare<[], OldDevice>(
        `SELECT slug deviceId, name, version, model, first_seen_us firstSeenUs, last_seen_us lastSeenUs FROM devices`,
      )
      .all();
  } finally {
    db.close();
  }
}
