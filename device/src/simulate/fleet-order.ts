/** What the parent tells a process of simulated devices, and hears of it. */
import type { ModelName } from "@tactus/shared";
import type { FleetReport } from "./fleet-counts.js";
import type { ModelQuality } from "./model-quality.js";
import type { WireTarget } from "./mqtt-wire.js";
import type { OutageSettings } from "./outage-plan.js";
import type { OpeningHours } from "./room.js";

export interface DeviceOrder {
  venue: string;
  device: string;
  username: string;
  password: string;
}

export interface FleetOrder {
  devices: DeviceOrder[];
  target: WireTarget;
  seed: string;
  sessionNumber: number;
  /** Room time begins here, epoch microseconds … */
  fromUs: number;
  /** … and runs so many times as fast as the clock, until it has caught up with it. */
  rate: number;
  bpm: number | undefined;
  hours: OpeningHours;
  /** Share of rooms in which music is ever heard, [0, 1]. */
  playing: number;
  outages: OutageSettings;
  /** Share of boxes whose date is wrong, [0, 1]. */
  clockErrors: number;
  /** The first connections are spread over so many seconds. */
  rampS: number;
  gridEveryS: number;
  model: ModelName;
  quality: { models: { model: string; quality: ModelQuality }[] } | undefined;
}

export type ToFleet =
  | { kind: "start"; order: FleetOrder }
  /** Every connection is cut at once. */
  | { kind: "cut" }
  /** The music ends; what waits is still sent. */
  | { kind: "end-music" }
  | { kind: "stop" };

export type FromFleet = { kind: "report"; report: FleetReport } | { kind: "stopped" };
