/** A bridge as the cloud sees it: behind a simulated device, with one output whose bytes a test decides. */
import { type OutputRig, type OutputState, OutputWatch, parseJsonAs, topicOf } from "@tactus/shared";
import type { SimulatedDevice } from "./simulated-device.js";

const NAME = "truss";
const DMX_MS = 80;
const nowUs = () => Date.now() * 1000;

/** Two pars on universe 1, the second with a dimmer. */
const RIG: OutputRig = {
  v: 1,
  id: "two-pars",
  kinds: [
    { name: "RGB par", channels: [{ role: "red" }, { role: "green" }, { role: "blue" }] },
    {
      name: "RGB par, dimmer first",
      channels: [{ role: "intensity" }, { role: "red" }, { role: "green" }, { role: "blue" }],
    },
  ],
  fixtures: [
    { name: "left", kind: 0, position: { x: -1, y: 3, z: 0 }, spans: [[1, 1, 3]] },
    { name: "right", kind: 1, position: { x: 1, y: 3, z: 0 }, spans: [[1, 4, 7]] },
  ],
  leftOut: 0,
};

export class SimulatedBridge {
  readonly #device: SimulatedDevice;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly watches: OutputWatch[] = [];
  #watchedUntil = 0;
  /** Channels of universe 1 from 1 on. */
  bytes: number[] = [];

  constructor(device: SimulatedDevice) {
    this.#device = device;
  }

  async start(): Promise<void> {
    const { client, at } = this.#device;
    client.on("message", (topic, payload) => {
      if (topic === topicOf(at, "output/watch")) this.#watch(parseJsonAs(OutputWatch, payload, "output/watch"));
    });
    await client.subscribeAsync(topicOf(at, "output/watch"));
    this.#timers.push(setInterval(() => this.#send(), DMX_MS));
    await this.say();
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  say(change: Partial<OutputState> = {}): Promise<void> {
    const state: OutputState = {
      v: 1,
      name: NAME,
      kind: "artnet",
      sentAtUs: nowUs(),
      state: "running",
      receiving: "receiving",
      peer: "1 node: 10.0.0.21",
      mode: "following",
      level: 1,
      latencyMs: 25,
      sent: 4410,
      errors: 0,
      lastError: "",
      cues: { fired: 104, filled: 0, skipped: 0 },
      jitter: { p50Ms: 0.01, p95Ms: 0.3 },
      universes: [1],
      ...change,
    };
    return this.#device.say(`output/${NAME}/state`, state);
  }

  #watch(request: OutputWatch): void {
    this.watches.push(request);
    this.#watchedUntil = Date.now() + request.forS * 1000;
    if (request.rig !== RIG.id) void this.#device.say(`output/${NAME}/rig`, RIG);
  }

  #send(): void {
    if (Date.now() > this.#watchedUntil || !this.#device.client.connected) return;
    const channels = Buffer.from(this.bytes).toString("base64");
    void this.#device.say(`output/${NAME}/dmx`, { v: 1, sentAtUs: nowUs(), universes: [{ universe: 1, channels }] });
  }
}
