/** A box that obeys `twin/desired` and reports health, over a real MQTT connection: many fit into one process. */
import { setTimeout as sleep } from "node:timers/promises";
import { topicOf } from "@tactus/shared";
import { connectAsync } from "mqtt";

/** @typedef {{ name: string, version: string }} Model */

export class SimulatedUpdater {
  /** Every wish that came, in order. */
  wishes = [];
  /** @type {Model} What it runs now. */
  active;
  #client;
  #sequence = 0;
  #crashes = 0;
  #version = 0;
  #desired;
  #update = null;
  #standby = null;
  #timer;
  #sentAtUs = 0;

  /**
   * `health(model)`: a window of health with that model; `shadow(model)`: what it shows beside the active one;
   * `fails(model)`: how its update ends badly, if it does; `stepMs`: how long each step of an update takes; `mayProbe`: false =
   * it waits in front of the switch until told otherwise.
   *
   * @param {{
   *   mqttUrl: string, deviceId: string, password: string, active: Model, health: (model: Model) => object,
   *   shadow?: (model: Model) => object | undefined, fails?: (model: Model) => object | undefined,
   *   stepMs?: number, holds?: boolean, session?: string,
   * }} options
   */
  constructor({ mqttUrl, deviceId, password, active, health, shadow, fails, stepMs = 20, holds = false, session }) {
    const [venue, device] = deviceId.split(".");
    this.active = active;
    Object.assign(this, {
      mqttUrl,
      deviceId,
      password,
      health,
      shadow,
      fails,
      stepMs,
      holds,
      at: { venue, device },
    });
    this.session = session ?? `s-${Math.random().toString(16).slice(2, 8)}`;
  }

  async connect() {
    const will = {
      topic: topicOf(this.at, "status"),
      payload: JSON.stringify(this.#status("offline")),
      qos: 1,
      retain: true,
    };
    this.#client = await connectAsync(this.mqttUrl, {
      username: this.deviceId,
      password: this.password,
      clientId: "agent",
      reconnectPeriod: 200,
      will,
    });
    this.#client.on("error", () => {});
    this.#client.on("message", (topic, payload) => {
      if (topic.endsWith("twin/desired") && payload.length > 0) {
        // A link that breaks meanwhile: said again at the next connect.
        this.#obey(JSON.parse(payload.toString())).catch(() => {});
      }
    });
    this.#client.on("connect", () => void this.#present());
    await this.#client.subscribeAsync(topicOf(this.at, "twin/desired"), { qos: 1 });
    await this.#present();
  }

  async #present() {
    try {
      await this.#say("status", this.#status("online"), { qos: 1, retain: true });
      await this.#report();
    } catch {
      // the link is gone again: said at the next connect
    }
  }

  /** Reports health every so often, until it is disconnected. */
  play(everyMs) {
    let count = 0;
    this.#timer = setInterval(() => {
      this.tellHealth().catch(() => {});
      // As an agent does every half a minute: what was lost on the way is told again.
      if (++count % 8 === 0) this.#say("status", this.#status("online"), { qos: 1, retain: true }).catch(() => {});
    }, everyMs);
  }

  async tellHealth() {
    const { window, hopP99Ms, crashes = 0 } = this.health(this.active);
    this.#crashes += crashes;
    const stage = { p50: 0.5, p99: 1, max: 2 };
    this.#sentAtUs = Math.max(this.#sentAtUs + 1, Date.now() * 1000);
    await this.#say(
      "telemetry",
      {
        v: 1,
        session: this.session,
        sequence: this.#sequence++,
        sentAtUs: this.#sentAtUs,
        uptimeS: 1000,
        cpu: 0.04,
        residentMb: 140,
        hops: 3000,
        lateHops: 0,
        xruns: 0,
        latency: {
          capture: stage,
          frontend: stage,
          model: stage,
          decoder: stage,
          hop: { p50: 0.8, p99: hopP99Ms, max: hopP99Ms * 2 },
        },
        health: { ...window, model: `${this.active.name} ${this.active.version}` },
        crashes: this.#crashes,
      },
      { qos: 1 },
    );
  }

  crash(times) {
    this.#crashes += times;
  }

  async disconnect() {
    clearInterval(this.#timer);
    await this.#client?.endAsync(true);
  }

  /** The connection breaks without a word: the broker publishes the will. */
  vanish() {
    clearInterval(this.#timer);
    this.#client.options.reconnectPeriod = 0;
    this.#client.stream.destroy();
  }

  async #obey(desired) {
    this.#desired = desired;
    this.wishes.push(desired);
    const wish = desired.model;
    if (!wish || same(wish, this.active)) {
      this.#update =
        this.#update && ["committed", "rolled-back", "refused", "failed"].includes(this.#update.state)
          ? this.#update
          : null;
      return this.#report();
    }
    if (this.#update && same(this.#update, wish) && this.#update.rollout === wish.rollout) return this.#report();
    await this.#updateTo(wish, desired);
  }

  async #updateTo(wish, desired) {
    const isStill = () => same(this.#desired.model ?? {}, wish) && this.#desired.version >= desired.version;
    const begin = async (state, more = {}) => {
      this.#update = {
        ...wishOf(wish),
        ...this.#update?.facts,
        state,
        sinceUs: Date.now() * 1000,
        reason: "",
        ...more,
      };
      await this.#report();
      if (this.stepMs > 0) await sleep(this.stepMs);
      return isStill();
    };
    this.#update = null;
    if (this.#standby && same(this.#standby, wish)) {
      this.#switch(wish);
      return void (await begin("committed"));
    }
    if (!(await begin("downloading"))) return;
    const failure = this.fails?.(wish);
    if (failure) return void (await begin(failure, { reason: "The bundle is not what it should be" }));
    if (!(await begin("shadow"))) return;
    const shadow = wish.shadowS > 0 ? this.shadow?.(wish) : undefined;
    if (!(await begin("waiting", shadow ? { shadow } : {}))) return;
    while (this.holds) {
      await sleep(20);
      if (!isStill()) return;
    }
    this.#switch(wish);
    if (!(await begin("probation", shadow ? { shadow } : {}))) return;
    await begin("committed", shadow ? { shadow } : {});
  }

  #switch({ name, version }) {
    this.#standby = this.active;
    this.active = { name, version };
  }

  async #report() {
    const { facts: _, ...update } = this.#update ?? {};
    await this.#say(
      "twin/reported",
      {
        v: 1,
        session: this.session,
        version: ++this.#version,
        desiredVersion: this.#desired?.version ?? 0,
        config: {},
        own: {},
        refused: [],
        models: { active: this.active, standby: this.#standby, update: this.#update ? update : null },
      },
      { qos: 1, retain: true },
    );
  }

  #say(leaf, message, options) {
    return this.#client.publishAsync(topicOf(this.at, leaf), JSON.stringify(message), options);
  }

  #status(state) {
    return {
      v: 1,
      session: this.session,
      sessionNumber: 1,
      state,
      sentAtUs: Date.now() * 1000,
      name: this.deviceId,
      version: "0.1.0",
      model: `${this.active.name} ${this.active.version}`,
      hearing: "up",
      capture: state === "online" ? "running" : "lost",
      source: "simulated",
      conditions: [],
    };
  }
}

const same = (a, b) => a.name === b.name && a.version === b.version;
const wishOf = ({ name, version, rollout }) => ({ name, version, rollout });
