/** The live board into the device table, every few seconds: a restarted cloud still knows who was there. */
import type { DeviceBoard } from "./live/device-board.js";
import type { Log } from "./log.js";
import type { FleetStore } from "./store/fleet-store.js";

const INTERVAL_MS = 5000;

export function keepSightings({ board, fleet, log }: { board: DeviceBoard; fleet: FleetStore; log: Log }) {
  const save = async () => {
    const sightings = board.takeSightings();
    if (sightings.length === 0) return;
    try {
      await fleet.devices.sight(sightings);
    } catch (error) {
      log.error({ reason: (error as Error).message }, "Device list not stored");
    }
  };
  const timer = setInterval(() => void save(), INTERVAL_MS);
  return {
    async stop(): Promise<void> {
      clearInterval(timer);
      await save();
    },
  };
}
