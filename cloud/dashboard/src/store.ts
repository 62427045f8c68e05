/** Live events into what the page shows: one value per device that React may compare, and rooms that draw by themselves. */
import type { DeviceDetail, DeviceSummary, LiveEvent, ServerMessage } from "@tactus/cloud";
import { ClockOffset } from "./clock-offset.js";
import { Room } from "./room.js";

export type Link = "connecting" | "open" | "lost";

/** A summary, with the details as far as the device has been watched. */
export type DeviceView = DeviceSummary & Partial<Pick<DeviceDetail, "telemetry" | "levels" | "outputs">>;

export interface View {
  link: Link;
  /** False until the cloud has said which devices there are. */
  known: boolean;
  devices: ReadonlyMap<string, DeviceView>;
  writing: "allowed" | "needs-token";
}

/** What rooms draw by themselves. */
const QUICK: ReadonlySet<LiveEvent["type"]> = new Set(["beat", "levels", "activation", "output/dmx", "output/rig"]);

/** Changes reach React at most this often; frames are drawn from the rooms, at any pace. */
const NOTIFY_MS = 60;

export class LiveStore {
  readonly clock = new ClockOffset();
  readonly #rooms = new Map<string, Room>();
  readonly #listeners = new Set<() => void>();
  /** What is true now; `#view` is the copy that React sees. */
  readonly #devices = new Map<string, DeviceView>();
  #state: Omit<View, "devices"> = { link: "connecting", known: false, writing: "allowed" };
  #view: View = { ...this.#state, devices: new Map() };
  #pending = false;

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly view = (): View => this.#view;

  room(device: string): Room {
    const room = this.#rooms.get(device) ?? new Room();
    this.#rooms.set(device, room);
    return room;
  }

  setLink(link: Link): void {
    this.#change({ link });
  }

  take(message: ServerMessage, pageUs: number): void {
    if (message.type === "hello") {
      this.clock.seed(message.atUs, pageUs);
      this.#devices.clear();
      for (const device of message.devices) this.#devices.set(device.id, device);
      this.#change({ known: true, writing: message.writeToken === "needed" ? "needs-token" : "allowed" });
    } else if (message.type === "watching") {
      this.#merge(message.devices);
    } else if (message.type === "authorized") {
      this.#change({ writing: "allowed" });
    } else if ("device" in message && "data" in message) {
      this.#apply(message);
    }
  }

  #merge(details: readonly DeviceDetail[]): void {
    for (const detail of details) {
      this.#devices.set(detail.id, detail);
      if (detail.grid) this.room(detail.id).beats.setGrid(detail.grid, detail.skewUs);
    }
    this.#change({});
  }

  #apply(event: LiveEvent): void {
    this.#rooms.get(event.device)?.take(event);
    if (QUICK.has(event.type)) return;
    this.#devices.set(event.device, withEvent(this.#devices.get(event.device) ?? strangerOf(event), event));
    this.#change({});
  }

  #change(change: Partial<Omit<View, "devices">>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#pending) return;
    this.#pending = true;
    setTimeout(() => {
      this.#pending = false;
      this.#view = { ...this.#state, devices: new Map(this.#devices) };
      for (const listener of this.#listeners) listener();
    }, NOTIFY_MS);
  }
}

function withEvent(present: DeviceView, event: LiveEvent): DeviceView {
  const next = { ...present, lastSeenUs: event.receivedAtUs, skewUs: event.skewUs };
  switch (event.type) {
    case "status": {
      const { state, name, version, model } = event.data;
      return { ...next, status: event.data, state, name, version, model };
    }
    case "override/state":
      return { ...next, override: event.data };
    case "grid":
      return { ...next, grid: event.data };
    case "tempo":
      return { ...next, tempo: event.data };
    case "telemetry":
      return { ...next, telemetry: event.data };
    case "output": {
      const others = (next.outputs ?? []).filter((output) => output.name !== event.data.name);
      return { ...next, outputs: [...others, event.data].sort((one, other) => (one.name < other.name ? -1 : 1)) };
    }
    case "alert": {
      const others = next.alerts.filter((alert) => alert.id !== event.data.id);
      return { ...next, alerts: event.data.alert ? [...others, event.data.alert] : others };
    }
    default:
      return next;
  }
}

function strangerOf({ device: id, receivedAtUs }: LiveEvent): DeviceView {
  const [venue = id, device = ""] = id.split(".");
  return {
    id,
    venue,
    device,
    name: "",
    version: "",
    model: "",
    tags: [],
    state: "offline",
    firstSeenUs: receivedAtUs,
    lastSeenUs: receivedAtUs,
    skewUs: 0,
    status: null,
    grid: null,
    tempo: null,
    override: null,
    alerts: [],
  };
}
