/** The agent process: tells the venue and the cloud about this box. Its trouble never stops the beat. */
import { systemClock } from "@tactus/shared";
import { checkSystem } from "../doctor/system-checks.js";
import { type BoxIdentityRun, openBoxIdentity } from "../identity/runtime.js";
import { openLog } from "../log.js";
import { runProcess, tellSupervisor } from "../process-channel.js";
import { openUpdater } from "../update/runtime.js";
import type { UpdateRunner } from "../update/update-runner.js";
import { DEVICE_VERSION } from "../version.js";
import { Agent } from "./runtime.js";

let agent: Agent | undefined;
let identity: BoxIdentityRun | undefined;
let updater: UpdateRunner | undefined;

process.title = "tactus agent";

runProcess({
  start: async (order) => {
    const log = openLog("agent", order.config.logLevel);
    const nowUs = () => Date.now() * 1000;
    identity = await openBoxIdentity({ order, clock: systemClock, log, tellSupervisor });
    updater = openUpdater({ order, cloudFetch: identity.connection?.fetch, clock: systemClock, nowUs, log });
    await updater.start();
    agent = new Agent({
      order,
      version: DEVICE_VERSION,
      clock: systemClock,
      nowUs,
      tellSupervisor,
      updater,
      cloud: identity.connection,
      cloudFetch: identity.connection?.fetch,
      rotateCredentials: identity.rotate,
      findings: checkSystem,
      log,
    });
    agent.start();
    tellSupervisor({ kind: "ready", brokerPort: 0, webSocketPort: 0 });
  },
  stop: async () => {
    await identity?.stop();
    await updater?.stop();
    await agent?.stop();
  },
  onMessage: (message) => {
    if (message.kind === "facts") updater?.learn(message.facts);
    if (message.kind === "features") updater?.features(message.batch);
    if (message.kind === "facts") agent?.learn(message.facts);
    if (message.kind === "telemetry") agent?.report(message.telemetry);
    agent?.hear(message);
  },
});
