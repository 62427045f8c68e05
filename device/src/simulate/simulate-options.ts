/** The command line of `tactus simulate` into an order for the fleet. */
import { InputError, type ModelName, UsageError } from "@tactus/shared";
import type { DeviceOrder, FleetOrder } from "./fleet-order.js";
import { readQualityFile } from "./model-quality.js";
import { OUTAGES, type OutageLevel } from "./outage-plan.js";
import type { OpeningHours } from "./room.js";

export interface SimulateFlags {
  devices: number;
  /** Absent = until Ctrl-C. */
  seconds?: number;
  venues: number;
  /** Address of the cloud's page and API. */
  cloud?: string;
  /** Address that devices connect to; absent = as the cloud says. */
  mqtt?: string;
  adminToken?: string;
  /** File with certificates to trust, PEM. */
  ca?: string;
  bpm?: number;
  hours: OpeningHours;
  playing: number;
  outages: OutageLevel;
  seed: string;
  rate: number;
  /** How far in the past the rooms begin, hours. */
  past: number;
  clockErrors: number;
  ramp?: number;
  model: string;
  quality?: string;
  processes?: number;
  gridEvery: number;
  json?: boolean;
}

/** New connections per second that a fleet begins with. */
const RAMP_PER_S = 250;
/** One process looks after so many. */
const DEVICES_PER_PROCESS = 2500;

export const processesFor = ({ processes, devices }: SimulateFlags): number =>
  Math.min(devices, processes ?? Math.ceil(devices / DEVICES_PER_PROCESS));

/** Names of the fleet: devices are dealt out to the venues in turn. */
export function namesOf({
  devices,
  venues,
}: Pick<SimulateFlags, "devices" | "venues">): Omit<DeviceOrder, "username" | "password">[] {
  return Array.from({ length: devices }, (_, index) => ({
    venue: `sim-venue-${(index % venues) + 1}`,
    device: `sim-${index + 1}`,
  }));
}

/** Throws InputError for a quality table that cannot be used, UsageError for options that exclude each other. */
export async function orderFor(
  flags: SimulateFlags,
  { logins, mqttUrl, ca, nowUs }: { logins: DeviceOrder[]; mqttUrl: string; ca: string | undefined; nowUs: number },
): Promise<FleetOrder> {
  const { rate, past, outages, seed, bpm, hours, playing, clockErrors, ramp, gridEvery } = flags;
  if (rate !== 1 && past === 0)
    throw new UsageError("--rate makes time run faster until it is now: say with --past <hours> where it begins");
  return {
    devices: logins,
    target: targetOf(mqttUrl, ca),
    seed,
    // Rises with every start, as the number of a box's sessions does.
    sessionNumber: Math.floor(nowUs / 1000),
    fromUs: Math.round(nowUs - past * 3600 * 1e6),
    rate,
    bpm,
    hours,
    playing,
    outages: OUTAGES[outages],
    clockErrors,
    rampS: ramp ?? flags.devices / RAMP_PER_S,
    gridEveryS: gridEvery,
    model: modelOf(flags.model),
    quality: flags.quality === undefined ? undefined : await readQualityFile(flags.quality),
  };
}

function targetOf(url: string, ca: string | undefined): FleetOrder["target"] {
  const { protocol, hostname, port } = parseUrl(url);
  if (protocol !== "mqtt:" && protocol !== "mqtts:")
    throw new InputError(`Address ${url} of the cloud's MQTT begins with neither mqtt:// nor mqtts://`);
  const isTls = protocol === "mqtts:";
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: Number(port || (isTls ? 8883 : 1883)), isTls, ...(ca === undefined ? {} : { ca }) };
}

/** Throws InputError for what is no address. */
export function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new InputError(`"${text}" is no address: write it like http://127.0.0.1:8080`, { cause });
  }
}

function modelOf(text: string): ModelName {
  const [name, version, ...rest] = text.trim().split(/\s+/);
  if (name && version && rest.length === 0) return { name, version };
  throw new UsageError(`--model "${text}" is not a name and a version, such as "beat 1.0.0"`);
}
