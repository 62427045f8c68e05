/** The agent process: tells the venue and the cloud about this box. Its trouble never stops the beat. */
import { systemClock } from "@tactus/shared";
import { openLog } from "../log.js";
import { runProcess, tellSupervisor } from "../process-channel.js";
import { DEVICE_VERSION } from "../version.js";
import { Agent } from "./runtime.js";

let agent: Agent | undefined;

process.title = "tactus agent";

runProcess({
  start: async (order) => {
    const log = openLog("agent", order.config.logLevel);
    const nowUs = () => Date.now() * 1000;
    agent = new Agent({ order, version: DEVICE_VERSION, clock: systemClock, nowUs, log });
    agent.start();
    tellSupervisor({ kind: "ready", brokerPort: 0, webSocketPort: 0 });
  },
  stop: async () => agent?.stop(),
  onMessage: (message) => {
    if (message.kind === "facts") agent?.learn(message.facts);
    if (message.kind === "telemetry") agent?.report(message.telemetry);
  },
});
