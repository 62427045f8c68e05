/**
 * Rollouts in virtual time: a made-up fleet whose rooms are as uneven as rooms are, through the same gates and the same plan
 * that the cloud uses. Used by rollout-drill.mjs and by a test.
 */
import { judge } from "../cloud/dist/rollouts/gates.js";
import { addHealth, noHealth } from "../cloud/dist/rollouts/health-sums.js";
import { RolloutSpec } from "../cloud/dist/rollouts/rollout.js";
import { nextStep, phaseOf } from "../cloud/dist/rollouts/rollout-plan.js";

/** mulberry32 with a normal, a gamma and a Poisson on top: the same drill for the same seed. */
export function randomOf(seed) {
  let state = seed | 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (mean = 0, spread = 1) =>
    mean + spread * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  /** Marsaglia and Tsang (2000), shape ≥ 1. */
  const gamma = (shape, mean) => {
    const d = shape - 1 / 3;
    for (;;) {
      const x = normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v * mean) / shape;
    }
  };
  const poisson = (mean) => {
    if (mean > 30) return Math.max(0, Math.round(normal(mean, Math.sqrt(mean))));
    let [count, product, floor] = [0, uniform(), Math.exp(-mean)];
    while (product > floor) {
      count += 1;
      product *= uniform();
    }
    return count;
  };
  return { uniform, normal, gamma, poisson };
}

/** How a model is: factors on what a room would show with the present one, and for confidence what is taken off. */
export const EQUAL = {
  stability: 1,
  relock: 1,
  confidence: 0,
  hop: 1,
  octaveFlips: 1,
  relocks: 1,
  corrections: 1,
  crashes: 1,
};
/** As a badly trained or wrongly quantized one is: beats waver by a half more, three times the jumps of the tempo. */
export const WORSE = {
  stability: 1.5,
  relock: 1.5,
  confidence: 0.08,
  hop: 1.1,
  octaveFlips: 3,
  relocks: 2,
  corrections: 2,
  crashes: 1,
};
/** Worse in one thing only, and not by much. */
export const SLIGHTLY_WORSE = { ...EQUAL, stability: 1.35 };
/** Exactly as bad as the default tolerances allow, in everything: the edge at which errors are most frequent. */
export const AT_THE_EDGE = {
  stability: 1.15, relock: 1.25, confidence: 0.03, hop: 1.5, octaveFlips: 1.5, relocks: 1.5, corrections: 1.5, crashes: 1.5,
}; // biome-ignore format: a table

/** A room: what it is like, how it drifts from week to week, and the programme of the hour. */
export class Room {
  #random;
  #programme = 0;
  #drift;

  constructor(random, venue) {
    this.#random = random;
    this.venue = venue;
    this.stability = Math.log(0.02) + venue.taste + random.normal(0, 0.2);
    this.relock = 2.5 * Math.exp(random.normal(0, 0.2));
    this.confidence = Math.min(0.97, 0.85 + random.normal(0, 0.05));
    this.hop = 1.5 * Math.exp(random.normal(0, 0.25));
    this.flips = random.gamma(2, 0.6);
    this.relocks = random.gamma(2, 4);
    this.corrections = random.gamma(1.5, 0.2);
    this.crashes = 0.01 / 24;
    this.#drift = random.normal(0, 0.06);
  }

  /** A new week: another programme, another crowd. */
  newWeek() {
    this.#drift = this.#random.normal(0, 0.06);
  }

  /** A window of health, as a box with a model of this kind would report it. */
  window(model, name, seconds) {
    const { uniform, normal, poisson } = this.#random;
    this.#programme = 0.8 * this.#programme + normal(0, 0.12);
    const hours = seconds / 3600;
    const change = Math.exp(this.stability + this.#drift + this.venue.week + this.#programme);
    const beats = Math.round((seconds * (110 + 30 * uniform())) / 60);
    const busy = Math.exp(this.#drift + this.venue.week);
    const relocks = poisson(this.relocks * busy * model.relocks * hours);
    const relockS = this.relock * model.relock * relocks * Math.exp(normal(0, 0.5));
    const confidence = Math.min(
      1,
      Math.max(0, this.confidence - model.confidence - 0.3 * this.#drift + normal(0, 0.03)),
    );
    return {
      window: {
        model: name,
        seconds,
        musicS: seconds,
        lockedS: Math.max(0, seconds - relockS),
        beats,
        periodChange: beats * change * model.stability,
        octaveFlips: poisson(this.flips * busy * model.octaveFlips * hours),
        relocks,
        relockS,
        confidence: beats * confidence,
        corrections: poisson(this.corrections * busy * model.corrections * hours),
      },
      hopP99Ms: this.hop * model.hop * Math.exp(normal(0, 0.1)),
      crashes: poisson(this.crashes * model.crashes * hours),
    };
  }

  /** What the candidate shows beside the active model on the same music. */
  shadow(model, name) {
    const active = Math.exp(this.stability);
    const candidate = active * model.stability * Math.exp(this.#random.normal(0, 0.1));
    const disagreement = Math.min(1, 0.04 + 0.1 * (model.octaveFlips - 1));
    return {
      model: name,
      musicS: 1800,
      disagreement,
      octaveFlips: this.#random.poisson(0.3 * model.octaveFlips),
      instability: { active, candidate },
      hopP99Ms: this.hop * model.hop,
    };
  }
}

export function fleetOf(random, { devices, venues }) {
  const places = Array.from({ length: venues }, (_, k) => ({
    name: `venue-${k}`,
    taste: random.normal(0, 0.25),
    week: random.normal(0, 0.08),
  }));
  return Array.from({ length: devices }, (_, k) => {
    const venue = places[k % venues];
    return { deviceId: `${venue.name}.box-${k}`, room: new Room(random, venue) };
  });
}

const WINDOW_S = 600;
/** Hours of music a day, all at once: an evening. */
const WINDOWS_A_DAY = 48;
const DAY_US = 86_400_000_000;
const MAX_DAYS = 30;

/**
 * One rollout to its end. With `shadow` false the gates see rooms only. Gives how it ended, the largest share of the fleet
 * that had it at once, the hours of music heard with it, and how many looks were taken.
 */
export function virtualRollout({ seed, model, spec = {}, devices = 200, venues = 40, pastDays = 7, shadow = true }) {
  const random = randomOf(seed);
  const fleet = fleetOf(random, { devices, venues });
  const parsed = RolloutSpec.parse({ model: "m", version: "2.0.0", ...spec });
  const progress = { state: "running", phase: 0, phaseSinceUs: 0 };
  let rollout = {
    id: "r",
    number: 1,
    createdAtUs: 0,
    createdBy: "drill",
    salt: `salt-${seed}`,
    kind: "phased",
    spec: parsed,
    progress,
  };
  const boxes = fleet.map(({ deviceId, room }) => ({
    deviceId,
    room,
    unit: {
      deviceId,
      venue: room.venue.name,
      before: noHealth(),
      control: noHealth(),
      candidate: noHealth(),
      crashesInTenMinutes: 0,
    },
    member: undefined,
    running: { name: "m", version: "1.0.0" },
    switchAtUs: 0,
  }));
  for (const box of boxes) {
    for (let k = 0; k < pastDays * WINDOWS_A_DAY; k++) report(box, EQUAL, box.unit.before);
    box.room.newWeek();
    box.room.venue.week = box.room.venue.next ??= random.normal(0, 0.08);
  }
  let [looks, most] = [0, 0];
  for (let day = 0; day < MAX_DAYS && rollout.progress.state === "running"; day++) {
    for (let k = 0; k < WINDOWS_A_DAY && rollout.progress.state === "running"; k++) {
      const nowUs = day * DAY_US + k * WINDOW_S * 1e6;
      for (const box of boxes) live(box, { model, shadow, nowUs, spec: parsed });
      const step = look(rollout, boxes, nowUs);
      looks += 1;
      rollout = { ...rollout, progress: step.progress, last: step.decision ?? rollout.last };
      for (const id of step.join)
        join(
          boxes.find(({ deviceId }) => deviceId === id),
          { random, nowUs },
        );
      most = Math.max(most, boxes.filter(({ running }) => running.version === "2.0.0").length);
    }
  }
  const musicHours = boxes.reduce((sum, { unit }) => sum + unit.candidate.musicS, 0) / 3600;
  return {
    state: rollout.progress.state,
    reason: rollout.last?.reason ?? "",
    share: most / devices,
    musicHours,
    looks,
  };
}

function report(box, model, sums) {
  const { window, hopP99Ms, crashes } = box.room.window(model, "m", WINDOW_S);
  addHealth(sums, { window, hopP99Ms }, WINDOW_S);
  sums.counts.crashes += crashes;
}

function live(box, { model, shadow, nowUs, spec }) {
  const { member, unit } = box;
  if (member && member.switchedAtUs === undefined && nowUs >= box.switchAtUs) {
    Object.assign(member, { switchedAtUs: nowUs, update: { state: "committed", reason: "", sinceUs: nowUs } });
    box.running = { name: spec.model, version: spec.version };
    unit.update = "committed";
    if (shadow) unit.shadow = box.room.shadow(model, "m 2.0.0");
  }
  if (member?.switchedAtUs !== undefined) report(box, model, unit.candidate);
  else report(box, EQUAL, unit.control);
}

/** Each switches in a window of its own, within a day. */
function join(box, { random, nowUs }) {
  box.member = {
    deviceId: box.deviceId,
    phase: 0,
    assignedAtUs: nowUs,
    previous: box.running,
    windows: [],
    quiet: true,
    update: null,
  };
  box.switchAtUs = nowUs + random.uniform() * DAY_US;
}

function look(rollout, boxes, nowUs) {
  const { tolerances, limits, alpha } = rollout.spec;
  const units = boxes.map(({ unit }) => unit);
  const verdict = judge(units, { tolerances, limits, alpha, holdAt: phaseOf(rollout).gate.holdAt });
  const devices = boxes.map(({ deviceId, member, running }) => ({
    deviceId,
    eligible: true,
    pinned: false,
    reachable: true,
    running,
    member,
  }));
  return nextStep({ rollout, devices, verdict, release: { allowed: true, reason: "" }, nowUs });
}
