/** The hearing process: the order of the supervisor into a running pipeline. */
import { systemClock } from "@tactus/shared";
import { openSource } from "../capture/open-source.js";
import { SignalConditions } from "../capture/signal-conditions.js";
import { Resampler } from "../frontend/resampler.js";
import { openLog } from "../log.js";
import { openPipeline } from "../pipeline.js";
import { fail, runProcess, tellSupervisor } from "../process-channel.js";
import { packBatch } from "../update/feature-batch.js";
import { type Hearing, startHearing } from "./runtime.js";

let hearing: Hearing | undefined;

process.title = "tactus hearing";

runProcess({
  start: async ({ config, session, sessionNumber, internalPassword, timeFloorMs, artifactDir }) => {
    const log = openLog("hearing", config.logLevel);
    hearing = await startHearing({
      config,
      session,
      sessionNumber,
      internalPassword,
      timeFloorMs,
      artifactDir,
      source: await openSource(
        { ...config, captureOffsetMs: 0 },
        { clock: systemClock, onNote: (note) => log.warn({ note }, "Sound input") },
      ),
      openFormat: (format) => ({ resampler: new Resampler(format), signal: new SignalConditions(format) }),
      openPipeline,
      wallClock: Date.now,
      clock: systemClock,
      log,
      onFacts: (facts) => tellSupervisor({ kind: "facts", facts }),
      onTelemetry: (telemetry) => tellSupervisor({ kind: "telemetry", telemetry }),
      onFeatures: (batch, sent) => tellSupervisor({ kind: "features", batch: packBatch(batch) }, sent),
      onFailure: fail,
    });
    tellSupervisor({ kind: "ready", brokerPort: hearing.port, webSocketPort: hearing.webSocketPort });
  },
  stop: async () => hearing?.stop(),
  onMessage: (message) => {
    if (message.kind === "settings") hearing?.apply(message.settings);
    if (message.kind === "tap") hearing?.tap(message.isOn);
    if (message.kind === "swap") void swapModel(message.artifactDir);
  },
  isWell: () => hearing?.isWell() ?? true,
});

async function swapModel(artifactDir: string): Promise<void> {
  try {
    await hearing?.swapModel(artifactDir);
    tellSupervisor({ kind: "model", artifactDir, reason: "" });
  } catch (error) {
    tellSupervisor({ kind: "model", artifactDir, reason: (error as Error).message || "unknown" });
  }
}
