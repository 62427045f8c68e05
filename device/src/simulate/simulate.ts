/** `tactus simulate`: finds the cloud, makes the devices known to it, lets them play, and says what came of it. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError, systemClock, UnavailableError } from "@tactus/shared";
import { openCloudFetch } from "../identity/cloud-fetch.js";
import { emptyReport, type FleetReport } from "./fleet-counts.js";
import { progressLine, summaryLines } from "./fleet-lines.js";
import type { DeviceOrder } from "./fleet-order.js";
import { requireOpenFiles } from "./open-files.js";
import { provisionDevices } from "./provision.js";
import { namesOf, orderFor, parseUrl, processesFor, type SimulateFlags } from "./simulate-options.js";
import { SimulatedFleet } from "./simulated-fleet.js";

const DEFAULT_CLOUD = "http://127.0.0.1:8080";
/** Where `tactus up` and `tactus cloud` keep it when nothing else is said. */
const DEFAULT_TOKEN_FILE = ".tactus/cloud/admin-token";
const DEFAULT_MQTT_PORT = 1884;
const PROGRESS_S = 5;
/** Waiting batches get so long at the end. */
const DRAIN_S = 60;

export interface SimulateOptions extends SimulateFlags {
  say(line: string): void;
}

/** Runs for `seconds`, or until SIGINT or SIGTERM. Returns the exit code: 1 when not everything was acknowledged. */
export async function runSimulate({ say, ...flags }: SimulateOptions): Promise<number> {
  const ca = flags.ca === undefined ? undefined : await readText(flags.ca, "Certificates");
  const cloudUrl = await findCloud(flags.cloud, ca);
  const processes = processesFor(flags);
  await requireOpenFiles(Math.ceil(flags.devices / processes));
  const logins = await loginsFor(flags, { cloudUrl, ca });
  const mqttUrl = flags.mqtt ?? mqttUrlOf(cloudUrl);
  const order = await orderFor(flags, { logins, mqttUrl, ca, nowUs: systemClock.epochUs() });
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const show = flags.json ? jsonShow(say) : progressShow(say);
  const fleet = new SimulatedFleet({ order, processes, onReport: show, onLost: (error) => stop.abort(error) });
  say(`${flags.devices} devices in ${processes} ${processes === 1 ? "process" : "processes"} connect to ${mqttUrl} …`);
  const began = systemClock.monotonic();
  fleet.start();
  await sleep((flags.seconds ?? 1e6) * 1000, undefined, { signal: stop.signal }).catch(() => {});
  fleet.endMusic();
  await drained(show, stop.signal.reason instanceof UnavailableError ? 0 : DRAIN_S);
  const account = await fleet.stop();
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  if (flags.json) say(JSON.stringify({ kind: "summary", ...account }));
  else for (const line of summaryLines(account, systemClock.monotonic() - began)) say(line);
  if (stop.signal.reason instanceof UnavailableError) throw stop.signal.reason;
  return account.waitingBatches === 0 ? 0 : 1;
}

/** Throws UnavailableError, with what to do, when none answers. */
async function findCloud(given: string | undefined, ca: string | undefined): Promise<string> {
  const url = (given ?? DEFAULT_CLOUD).replace(/\/+$/, "");
  parseUrl(url);
  try {
    const cloudFetch = openCloudFetch({ access: () => ({ httpUrl: url, ca, floorMs: 0 }) });
    const { status } = await cloudFetch("/healthz", { idleMs: 5000 });
    if (status === 200) return url;
  } catch (cause) {
    const why = ca === undefined && url.startsWith("https:") ? ` (${(cause as Error).message})` : "";
    const remedy = "start one with `tactus up` or `tactus cloud`, or name another with --cloud <address>";
    throw new UnavailableError(`No cloud answers at ${url}${why}: ${remedy}`, { cause });
  }
  throw new UnavailableError(`What answers at ${url} is no Tactus cloud: name another with --cloud <address>`);
}

/** The port of the default configuration. */
function mqttUrlOf(cloudUrl: string): string {
  const { protocol, hostname } = parseUrl(cloudUrl);
  return `${protocol === "https:" ? "mqtts" : "mqtt"}://${hostname}:${DEFAULT_MQTT_PORT}`;
}

async function loginsFor(
  flags: SimulateFlags,
  cloud: { cloudUrl: string; ca: string | undefined },
): Promise<DeviceOrder[]> {
  const devices = namesOf(flags);
  const adminToken = flags.adminToken ?? (await tokenFile());
  return provisionDevices({ ...cloud, adminToken, devices });
}

async function tokenFile(): Promise<string> {
  const remedy = `give --admin-token <token>; it lies in the cloud's data directory as "admin-token"`;
  return readText(DEFAULT_TOKEN_FILE, "Admin token").catch((cause: Error) => {
    throw new InputError(`${cause.message}: ${remedy}`, { cause });
  });
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw new InputError(`${what} ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

interface Show {
  (report: FleetReport): void;
  newest: FleetReport;
}

function progressShow(say: (line: string) => void): Show {
  let before = emptyReport();
  let saidAt = systemClock.monotonic();
  const show = (report: FleetReport) => {
    show.newest = report;
    const now = systemClock.monotonic();
    if (now - saidAt < PROGRESS_S) return;
    say(progressLine(report, before, now - saidAt));
    before = report;
    saidAt = now;
  };
  show.newest = emptyReport();
  return show;
}

function jsonShow(say: (line: string) => void): Show {
  const show = (report: FleetReport) => {
    show.newest = report;
    say(JSON.stringify({ kind: "report", ...report }));
  };
  show.newest = emptyReport();
  return show;
}

/** A second signal ends the waiting. */
async function drained(show: Show, withinS: number): Promise<void> {
  const done = new AbortController();
  const onSignal = () => done.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const deadline = systemClock.monotonic() + withinS;
  await sleep(Math.min(1500, withinS * 1000), undefined, { signal: done.signal }).catch(() => {});
  while (show.newest.waitingBatches > 0 && systemClock.monotonic() < deadline && !done.signal.aborted)
    await Promise.race([sleep(250), once(done.signal, "abort")]);
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
}
