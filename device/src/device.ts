/** The command `tactus device`: a configuration into a running box, until a signal or the end of the source. */
import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "@tactus/shared";
import type { DeviceConfig } from "./config.js";
import { openLog } from "./log.js";
import { type ReadyDevice, Supervisor } from "./supervisor.js";

/** The last announced beats fall before the broker is closed. */
const LINGER_MS = 500;

/** Resolves when the device was stopped; rejects with a TactusError when a person must act. `say`: for people. */
export async function runDevice(config: DeviceConfig, say: (line: string) => void): Promise<void> {
  const events = new EventEmitter();
  const ended = once(events, "end"); // rejects with what is emitted as "error"
  let supervisor: Supervisor | undefined;
  supervisor = new Supervisor({
    config,
    clock: systemClock,
    log: openLog("supervisor", config.logLevel, (line) => supervisor?.note(line)),
    onReady: (at) => greet(config, at, say),
    onClaimCode: (code, validForS) => sayCode(config, { code, validForS }, say),
    onClaimed: ({ venue, device }) => say(`Claimed as ${venue}/${device}: topic tactus/v1/${venue}/${device}/beat`),
    onEnded: () => void delay(LINGER_MS).then(() => events.emit("end")),
    onHopeless: (error) => events.emit("error", error),
  });
  const onSignal = () => events.emit("end");
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    await supervisor.start();
    await ended;
  } finally {
    await supervisor.stop();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

function greet({ mqtt }: DeviceConfig, at: ReadyDevice, say: (line: string) => void): void {
  const { venue, device } = at.address;
  say(`Beats of ${venue}/${device}: mqtt://${mqtt.host}:${at.port}, topic tactus/v1/${venue}/${device}/beat`);
  if (at.webSocketPort) say(`The same over WebSocket: ws://${mqtt.host}:${at.webSocketPort}`);
  say(`To write there: user "pairing", password "${at.pairingCode}"`);
}

function sayCode(
  { cloud }: DeviceConfig,
  shown: { code: string; validForS: number },
  say: (line: string) => void,
): void {
  if (shown.code === "") return;
  const minutes = Math.max(1, Math.round(shown.validForS / 60));
  say(`Claim code ${shown.code}: type it in at ${cloud?.url ?? "the cloud"} within ${minutes} min`);
}
