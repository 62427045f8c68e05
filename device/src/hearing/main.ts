/** The hearing process: the order of the supervisor into a running pipeline. */
import { systemClock } from "@tactus/shared";
import { openSource } from "../capture/open-source.js";
import { SignalConditions } from "../capture/signal-conditions.js";
import { DEFAULT_MODEL_DIR } from "../default-model.js";
import { Resampler } from "../frontend/resampler.js";
import { openLog } from "../log.js";
import { openPipeline } from "../pipeline.js";
import { fail, runProcess, tellSupervisor } from "../process-channel.js";
import { type Hearing, startHearing } from "./runtime.js";

let hearing: Hearing | undefined;

process.title = "tactus hearing";

runProcess({
  start: async ({ config, session, internalPassword, timeFloorMs }) => {
    const log = openLog("hearing", config.logLevel);
    hearing = await startHearing({
      config,
      session,
      internalPassword,
      timeFloorMs,
      artifactDir: config.modelDir ?? DEFAULT_MODEL_DIR,
      source: await openSource(config, { clock: systemClock, onNote: (note) => log.warn({ note }, "Sound input") }),
      openFormat: (format) => ({ resampler: new Resampler(format), signal: new SignalConditions(format) }),
      openPipeline,
      wallClock: Date.now,
      clock: systemClock,
      log,
      onFacts: (facts) => tellSupervisor({ kind: "facts", facts }),
      onTelemetry: (telemetry) => tellSupervisor({ kind: "telemetry", telemetry }),
      onFailure: fail,
    });
    tellSupervisor({ kind: "ready", brokerPort: hearing.port, webSocketPort: hearing.webSocketPort });
  },
  stop: async () => hearing?.stop(),
  isWell: () => hearing?.isWell() ?? true,
});
