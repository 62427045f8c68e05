/** The parts of rollouts, put together: what devices say goes in, wishes for devices come out. */
import type { Audit } from "../audit/audit.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { LiveEvent } from "../live/live-messages.js";
import type { Log } from "../log.js";
import type { SignedModels } from "../models/registry.js";
import type { FleetStore } from "../store/fleet-store.js";
import { HealthBook } from "./health-book.js";
import { RolloutBook } from "./rollout-book.js";
import { RolloutDesk } from "./rollout-desk.js";
import { type FleetDevice, type ModelDesk, RolloutEngine } from "./rollout-engine.js";
import type { RolloutsConfig } from "./rollouts-config.js";

export interface RolloutPartsOptions {
  fleet: FleetStore;
  board: DeviceBoard;
  desk: ModelDesk;
  models: Pick<SignedModels, "list">;
  audit: Audit;
  log: Log;
  now(): number;
  settings: RolloutsConfig;
}

export interface RolloutParts {
  desk: RolloutDesk;
  book: RolloutBook;
  engine: RolloutEngine;
  /** Everything that counts of what boxes say live. */
  observe(event: LiveEvent): void;
}

export function rolloutParts(options: RolloutPartsOptions): RolloutParts {
  const { fleet, now, settings } = options;
  const devices = () => fleetDevices(options);
  const book = new RolloutBook({ fleet });
  const health = new HealthBook({ blockS: settings.blockS });
  const engine = new RolloutEngine({ ...options, book, health, devices, tickS: settings.tickS });
  const desk = new RolloutDesk({ ...options, book, engine, devices, now });
  return {
    desk,
    book,
    engine,
    observe({ type, data, device, receivedAtUs }) {
      if (type === "status") engine.status(device, data, receivedAtUs);
      // Summaries with a number come by way of their store, once; these are of boxes that do not number them.
      if (type === "telemetry" && data.sequence === undefined) engine.telemetry(device, data, receivedAtUs);
    },
  };
}

/** Tags are as stored: they may have been changed since the board was filled. */
async function fleetDevices({ fleet, board, now, settings }: RolloutPartsOptions): Promise<FleetDevice[]> {
  const tags = new Map((await fleet.devices.list()).map((device) => [device.deviceId, device.tags]));
  const sinceUs = now() - settings.unreachableAfterS * 1_000_000;
  return board.summaries().map((device) => ({
    deviceId: device.id,
    tags: tags.get(device.id) ?? [],
    model: device.model,
    version: device.version,
    // A box that is there says something every minute; one that has gone without a word does not.
    reachable: device.lastSeenUs >= sinceUs,
  }));
}
