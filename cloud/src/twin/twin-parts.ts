/** The parts that steer boxes from afar, put together: what boxes say goes in, what routes need comes out. */
import { join } from "node:path";
import type { Audit } from "../audit/audit.js";
import type { DeviceLink } from "../broker/device-link.js";
import type { FleetMessage } from "../ingest/ingest.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { LiveEvent } from "../live/live-messages.js";
import type { Log } from "../log.js";
import type { Metrics } from "../metrics.js";
import type { FleetStore } from "../store/fleet-store.js";
import { CommandDesk } from "./command-desk.js";
import { ConfigDesk } from "./config-desk.js";
import { LogDesk } from "./log-desk.js";
import { SupportBundles } from "./support-bundles.js";
import { TwinDesk } from "./twin-desk.js";

export interface TwinPartsOptions {
  fleet: FleetStore;
  link: DeviceLink;
  board: DeviceBoard;
  audit: Audit;
  metrics: Metrics;
  log: Log;
  now(): number;
  dataDir: string;
}

export interface TwinParts {
  twins: TwinDesk;
  configs: ConfigDesk;
  commands: CommandDesk;
  logs: LogDesk;
  bundles: SupportBundles;
  /** Everything agents answer. */
  take(message: FleetMessage, receivedAtUs: number): void;
  /** Everything that counts of what boxes say live. */
  observe(event: LiveEvent): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function twinParts(options: TwinPartsOptions): TwinParts {
  const { now, dataDir } = options;
  const twins = new TwinDesk(options);
  const configs = new ConfigDesk({ ...options, twins });
  const commands = new CommandDesk(options);
  const logs = new LogDesk({ commands, now });
  const bundles = new SupportBundles({ folder: join(dataDir, "support-bundles"), now });
  /** By device: the session that was present last. */
  const sessions = new Map<string, string>();
  return {
    twins,
    configs,
    commands,
    logs,
    bundles,
    take(message, receivedAtUs) {
      if (message.leaf === "twin/reported") twins.take(message, receivedAtUs);
      else if (message.leaf === "command/result") commands.take(message, receivedAtUs);
      else logs.take(message);
    },
    observe({ type, data, device }) {
      if (type !== "status" || data.state !== "online") return;
      twins.present(device).catch((error: Error) => options.log.error({ device, reason: error.message }, "Twin lost"));
      if (sessions.get(device) !== data.session) logs.arrived(device);
      sessions.set(device, data.session);
    },
    start: () => twins.start(),
    async stop() {
      logs.stop();
      await twins.stop();
    },
  };
}
