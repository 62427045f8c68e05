/** The history as it is configured: opened, watched, and what an earlier Tactus kept brought along. */
import { join } from "node:path";
import { InputError } from "@tactus/shared";
import type { Log } from "../log.js";
import type { Metrics } from "../metrics.js";
import { BatchWriter } from "./batch-writer.js";
import { bringDevicesAlong } from "./cloud-db-devices.js";
import type { FleetStore } from "./fleet-store.js";
import type { HistoryConfig } from "./history-config.js";
import { InfluxHistory } from "./influx-history.js";
import { openSqliteHistory } from "./sqlite-history.js";
import type { HistoryStore } from "./store.js";
import { StoreWatch } from "./store-watch.js";

export interface OpenHistoryOptions {
  config: HistoryConfig;
  dataDir: string;
  fleet: Pick<FleetStore, "devices">;
  metrics: Metrics;
  log: Log;
  /** Nothing can be stored from now on. */
  onLost(error: Error): void;
}

export interface OpenHistory {
  store: HistoryStore;
  writer: BatchWriter;
  /** For /readyz. */
  problems(): string[];
  /** After the last batch has been handed over. */
  stop(): Promise<void>;
}

export async function openHistory(options: OpenHistoryOptions): Promise<OpenHistory> {
  const { dataDir, fleet, metrics, log } = options;
  await bringDevicesAlong({ file: join(dataDir, "cloud.db"), fleet, log });
  const store = await openStore(options);
  const watch = new StoreWatch({ store, metrics, log });
  await watch.start();
  const writer = new BatchWriter({ store });
  metrics.gauge("tactus_history_waiting_batches", "Batches waiting for their commit", () => writer.waiting);
  return {
    ...{ store, writer },
    problems: () => watch.problems(),
    async stop() {
      await writer.drained();
      watch.stop();
      await store.close();
    },
  };
}

async function openStore(options: OpenHistoryOptions): Promise<HistoryStore> {
  return options.config.store === "influx" ? openInflux(options) : openSqlite(options);
}

async function openInflux({ config, dataDir, onLost }: OpenHistoryOptions): Promise<HistoryStore> {
  const { token = process.env.TACTUS_INFLUX_TOKEN, ...influx } = config.influx;
  if (token === undefined) {
    throw new InputError("Setting history.influx.token is missing: set it, or TACTUS_INFLUX_TOKEN in the environment");
  }
  return InfluxHistory.open({ ...influx, token, booksFile: join(dataDir, "history-books.db"), onLost });
}

async function openSqlite({ config, dataDir, log, onLost }: OpenHistoryOptions): Promise<HistoryStore> {
  const { retention, minFreeMb, maxWalMb } = config;
  const opened = await openSqliteHistory({
    file: join(dataDir, "history.db"),
    moveFrom: join(dataDir, "cloud.db"),
    retention: {
      rawDays: retention.rawDays,
      tierDays: { 10: retention.tenSecondDays, 300: retention.fiveMinuteDays },
      ...(retention.maxGb === undefined ? {} : { maxBytes: retention.maxGb * 1e9 }),
    },
    minFreeBytes: minFreeMb * 1024 * 1024,
    maxWalBytes: maxWalMb * 1024 * 1024,
    onLost,
  });
  for (const note of opened.notes) log.warn(note);
  return opened;
}
