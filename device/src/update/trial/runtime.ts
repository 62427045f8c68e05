/** Composition root of a trial: what hearing has of stages, without sound card and broker, for a model that is not yet trusted. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type GoldenResult, InputError, type ShadowResult } from "@tactus/shared";
import { decodeAudio } from "../../capture/decode-audio.js";
import { BeatTracker } from "../../decoder/beat-tracker.js";
import { MusicGate } from "../../decoder/music-gate.js";
import { BANDS, FPS, HOP_SAMPLES } from "../../frontend/feature-frame.js";
import { GainControl } from "../../frontend/gain-control.js";
import { Resampler } from "../../frontend/resampler.js";
import { BeatGrid } from "../../grid/beat-grid.js";
import type { GridEvent } from "../../grid/grid-event.js";
import type { Activation } from "../../model/activation-model.js";
import { type Artifact, loadArtifact } from "../../model/artifact.js";
import { OnnxModel } from "../../model/onnx-model.js";
import { openPipeline } from "../../pipeline.js";
import { FRAME_VALUES, unpackBatch } from "../feature-batch.js";
import { beatAgreement, type ClipBeat } from "./beat-agreement.js";
import { HopMeter } from "./hop-meter.js";
import { ShadowComparison, SIDES, type Side } from "./shadow-comparison.js";

const LEAD_S = 0.2;
const FREEZE_S = 0.1;
const ROUNDING = 1e-6;
/** A model that begins knowing nothing is not compared before it has heard this much, frames. */
const WARM_UP_FRAMES = 20 * FPS;
const FORGET_FRAMES = 2 * FPS;

/** `onWork` is called now and then while it goes on. Throws InputError when the folder is not what it says. */
export async function runGolden(dir: string, onWork: () => void): Promise<GoldenResult> {
  const { manifest } = await loadArtifact(dir);
  const { golden } = manifest;
  if (!golden) throw new InputError(`The model in ${dir} carries no golden clip`);
  const path = join(dir, golden.file);
  const sha256 = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  if (sha256 !== golden.sha256) throw new InputError(`The golden clip ${path} is not the one the manifest speaks of`);
  const samples = await decoded(path);
  const events: GridEvent[] = [];
  const pipeline = await openPipeline(
    { artifactDir: dir, leadMs: LEAD_S * 1000, freezeMs: FREEZE_S * 1000 },
    (step) => {
      assertFinite(step.activations);
      events.push(...step.events);
    },
  );
  const meter = new HopMeter();
  const step = 2 * HOP_SAMPLES;
  for (let from = 0; from < samples.length; from += step) {
    await meter.measure(() => pipeline.push(samples.subarray(from, from + step)));
    if (from % (25 * step) === 0) onWork();
  }
  await pipeline.push(new Float32Array(15 * HOP_SAMPLES)); // what was announced before the end freezes
  await pipeline.close();
  const found = frozen(events).filter(({ time }) => time >= 0 && time <= golden.seconds);
  return { agreement: beatAgreement(golden.beats, found, golden), hopP99Ms: meter.p99Ms() };
}

async function decoded(path: string): Promise<Float32Array> {
  const audio = await decodeAudio(path);
  const resampler = new Resampler(audio);
  const parts: Float32Array[] = [];
  for await (const block of audio.blocks) parts.push(resampler.push(block.samples).slice());
  parts.push(resampler.flush().slice());
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

/** Beats as they stood when they froze. */
function frozen(events: readonly GridEvent[]): ClipBeat[] {
  const last = new Map<string, GridEvent>();
  for (const event of events) if (event.announcedAt <= event.time - FREEZE_S + ROUNDING) last.set(event.beatId, event);
  return [...last.values()].filter(({ state }) => state !== "withdrawn");
}

function assertFinite(activations: readonly Activation[]): void {
  for (const { beat, downbeat, music } of activations) {
    if (!Number.isFinite(beat + downbeat + music))
      throw new InputError("The candidate gives numbers that are not finite");
  }
}

/** Activations into beats as a rig would get them, without an operator's hand. */
class Listener {
  readonly #gate = new MusicGate();
  readonly #tracker: BeatTracker;
  readonly #grid: BeatGrid;
  readonly #pending = new Map<string, GridEvent>();
  #silentFrames = 0;
  music = false;

  constructor({ manifest }: Artifact, session: Side) {
    this.#tracker = new BeatTracker(manifest.decoder);
    this.#grid = new BeatGrid({ lead: LEAD_S, freeze: FREEZE_S, session });
  }

  get period(): number {
    return this.#grid.state().period;
  }

  /** Beats that became final. `frame`: number of the first one in the stream. */
  step(activations: readonly Activation[], levels: readonly number[], frame: number): GridEvent[] {
    for (const [k, activation] of activations.entries()) {
      this.music = this.#gate.step(levels[k] ?? 0, activation.music);
      if (this.music && this.#silentFrames > FORGET_FRAMES) this.#tracker.reset();
      this.#silentFrames = this.music ? 0 : this.#silentFrames + 1;
    }
    const estimate = this.#tracker.step(activations, frame);
    const now = (frame + activations.length) / FPS;
    for (const event of this.#grid.advance(now, this.music, estimate)) this.#pending.set(event.beatId, event);
    const final = [...this.#pending.values()].filter(({ time, state }) => state === "withdrawn" || time <= now);
    for (const { beatId } of final) this.#pending.delete(beatId);
    return final.filter(({ state }) => state !== "withdrawn");
  }

  reset(): void {
    this.#tracker.reset();
    this.#pending.clear();
  }
}

/** The candidate beside the active model, from what the tap of hearing sends. */
export class ShadowRun {
  readonly #artifact: Artifact;
  readonly #model: OnnxModel;
  readonly #listeners: Record<Side, Listener>;
  readonly #comparison = new ShadowComparison();
  readonly #meter = new HopMeter();
  readonly #gain = new GainControl();
  readonly #features: Float32Array;
  #levels: number[] = [];
  #active: Activation[] = [];
  /** Number of the next frame of the stream. */
  #frame = Number.NaN;
  #heard = 0;

  private constructor(artifact: Artifact, model: OnnxModel) {
    this.#artifact = artifact;
    this.#model = model;
    this.#features = new Float32Array(model.stepFrames * BANDS);
    this.#listeners = { active: new Listener(artifact, "active"), candidate: new Listener(artifact, "candidate") };
  }

  static async open(dir: string): Promise<ShadowRun> {
    const artifact = await loadArtifact(dir);
    return new ShadowRun(artifact, await OnnxModel.open(artifact));
  }

  /** Rejects with InputError when the candidate cannot be used; a damaged batch is left out. */
  async hear(batch: string): Promise<{ result: ShadowResult; beats: Record<Side, number> }> {
    const { at, values } = unpackBatch(batch) ?? { at: 0, values: new Float32Array(0) };
    if (values.length > 0) this.#follow(Math.round(at * FPS) - 1);
    for (let from = 0; from < values.length; from += FRAME_VALUES) {
      this.#collect(values.subarray(from, from + FRAME_VALUES));
      if (this.#active.length === this.#model.stepFrames) await this.#step();
    }
    const { name, version } = this.#artifact.manifest;
    const result = this.#comparison.result(`${name} ${version}`, this.#meter.p99Ms());
    return { result, beats: this.#comparison.beats };
  }

  /** The stream may have been interrupted, or begun anew. */
  #follow(frame: number): void {
    const expected = this.#frame + this.#active.length;
    if (frame === expected) return;
    const lost = frame - expected;
    this.#frame = frame;
    this.#active = [];
    this.#levels = [];
    this.#comparison.gap();
    if (lost >= 0 && lost < FORGET_FRAMES) return;
    this.#heard = 0;
    this.#model.reset();
    for (const side of SIDES) this.#listeners[side].reset();
  }

  #collect(values: Float32Array): void {
    const magnitudes = values.subarray(0, BANDS);
    this.#gain.apply(magnitudes, this.#features, this.#active.length * BANDS);
    const [beat = 0, downbeat = 0, beatIn100ms = 0, beatIn200ms = 0, music = 0] = values.subarray(BANDS);
    this.#active.push({ beat, downbeat, beatIn100ms, beatIn200ms, music });
    this.#levels.push(Math.sqrt(magnitudes.reduce((sum, value) => sum + value * value, 0) / BANDS));
  }

  async #step(): Promise<void> {
    const [active, levels, frame] = [this.#active, this.#levels, this.#frame];
    const beats: Record<Side, GridEvent[]> = { active: [], candidate: [] };
    await this.#meter.measure(async () => {
      const activations = await this.#model.step(this.#features);
      assertFinite(activations);
      beats.candidate = this.#listeners.candidate.step(activations, levels, frame);
    });
    beats.active = this.#listeners.active.step(active, levels, frame);
    [this.#active, this.#levels] = [[], []];
    this.#frame += active.length;
    this.#heard += active.length;
    if (this.#heard > WARM_UP_FRAMES) this.#compare(beats, active.length / FPS);
  }

  #compare(beats: Record<Side, GridEvent[]>, seconds: number): void {
    for (const side of SIDES) {
      for (const { time, bpm } of beats[side]) this.#comparison.beat(side, { time, period: 60 / bpm });
    }
    this.#comparison.step(this.#frame / FPS, seconds, this.#listeners);
  }
}
