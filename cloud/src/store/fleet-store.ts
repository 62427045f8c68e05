/** fleet.db in a worker thread: `fleet.devices.list()` and so on, without ever holding up a beat. */
import type { FleetTables } from "./fleet-tables.js";
import { type CallsOf, openWorkerCalls } from "./worker-calls.js";

export type FleetStore = CallsOf<FleetTables> & { close(): Promise<void> };

/** Throws UnavailableError when the file cannot be opened. `onLost`: the thread has died. */
export async function openFleetStore(options: { file: string; onLost(error: Error): void }): Promise<FleetStore> {
  const { calls, close } = await openWorkerCalls<FleetTables>({
    module: new URL("./fleet-worker.js", import.meta.url),
    workerData: { file: options.file },
    onLost: options.onLost,
  });
  const { devices, audit, alerts, notices, identity, credentials, twins, registry, rollouts, telemetry } = calls;
  const { users, answers, tracks } = calls;
  return {
    devices,
    audit,
    alerts,
    notices,
    identity,
    credentials,
    twins,
    registry,
    rollouts,
    telemetry,
    users,
    answers,
    tracks,
    close,
  };
}
