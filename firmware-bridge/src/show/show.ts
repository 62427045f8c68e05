/** Poses of the beat into universes of DMX: looks on the beat grid, limited in their flashes, merged with a desk. */
import type { BeatCue, BeatPose, DmxSource } from "../outputs/output.js";
import { BUILT_IN_PROFILES } from "./built-in-profiles.js";
import { encodeLight } from "./encode.js";
import type { FixtureProfile } from "./fixture-profile.js";
import { type FixtureView, viewFixtures } from "./fixture-view.js";
import { FlashLimiter } from "./flash-limiter.js";
import { colorOf, createLight, type Light } from "./light.js";
import { type IncomingSource, Merge } from "./merge.js";
import { createMoment, placeMoment } from "./moment.js";
import { type Patch, patchRig, UNIVERSE_SIZE } from "./patch.js";
import { Program } from "./program.js";
import type { RigConfig } from "./rig-config.js";
import { Selector } from "./selection.js";
import { Situation, type UpcomingSection } from "./situation.js";
import { type Wiring, wire } from "./wiring.js";

export interface ShowOptions {
  /** Profiles that are not built in, by the name in the rig: see `loadProfiles`. Throws InputError for one it does not know. */
  loadProfile(name: string): FixtureProfile;
  /** Who else may send to our universes: DmxReceivers. */
  incoming?: readonly IncomingSource[];
}

/**
 * A rig without a desk. Pure computation: time comes from the poses, the same poses in the same order give the same bytes.
 * Its memory (flashes of the last second, build-up) is that of one sequence of frames: outputs with different latencies, whose
 * poses are apart in time, each want a show of their own.
 */
export interface Show extends DmxSource {
  /** The next drop or break that is known; undefined = none. */
  expect(section: UpcomingSection | undefined): void;
  /** The rig as last rendered, for a page to draw. Allocates: a few times a second at most. */
  fixtures(): FixtureView[];
  /** Name of the look as last rendered; empty when none was. */
  readonly look: string;
}

/** Throws InputError naming the fixtures that do not fit, or a profile that is missing. */
export function createShow(config: RigConfig, { loadProfile, incoming = [] }: ShowOptions): Show {
  const patch = patchRig(config, (name) => BUILT_IN_PROFILES.get(name) ?? loadProfile(name));
  return new RigShow(config, patch, incoming);
}

class RigShow implements Show {
  readonly universes: readonly number[];
  readonly #patch: Patch;
  readonly #wiring: Wiring;
  readonly #light: Light;
  readonly #moment = createMoment();
  readonly #situation: Situation;
  readonly #program: Program;
  readonly #limiter: FlashLimiter;
  readonly #merge: Merge;
  readonly #quiet: readonly [number, number, number];
  /** Own bytes, and what is sent after the merge. */
  readonly #own: Uint8Array;
  readonly #out: Uint8Array;
  readonly #views: Map<number, Uint8Array>;
  readonly #nothing = new Uint8Array(UNIVERSE_SIZE);
  /** Brightness before a blackout, for a hold that follows it. */
  readonly #held: Float32Array;
  #at = Number.NaN;
  #mode: BeatPose["mode"] | undefined;
  #level = -1;
  look = "";

  constructor(config: RigConfig, patch: Patch, incoming: readonly IncomingSource[]) {
    this.universes = patch.universes;
    this.#patch = patch;
    this.#wiring = wire(patch);
    this.#light = createLight(patch.fixtures);
    const { buildUp, breakdown } = config.program;
    this.#situation = new Situation({
      buildUpBeats: buildUp.beats,
      bassBelow: breakdown.below,
      bassGoneAfter: breakdown.after,
    });
    const selector = new Selector(config, patch.fixtures);
    this.#program = new Program(config, { selector, fixtures: patch.fixtures });
    this.#limiter = new FlashLimiter(patch, this.#wiring);
    this.#merge = new Merge({ config: config.merge, universes: patch.universes, sources: incoming });
    const { level, color } = config.idle;
    this.#quiet = colorOf(color).map((value) => value * level) as [number, number, number];
    this.#held = this.#light.level.slice();
    this.#own = this.#wiring.rest.slice();
    this.#out = this.#wiring.rest.slice();
    this.#views = new Map(
      patch.universes.map((universe, index) => [
        universe,
        this.#out.subarray(index * UNIVERSE_SIZE, (index + 1) * UNIVERSE_SIZE),
      ]),
    );
  }

  beat(cue: BeatCue): void {
    this.#situation.beat(cue);
  }

  expect(section: UpcomingSection | undefined): void {
    this.#situation.expect(section);
  }

  render(pose: BeatPose): void {
    if (pose.at === this.#at && pose.mode === this.#mode && pose.level === this.#level) return;
    const before = this.#mode;
    const look = this.look;
    this.#at = pose.at;
    this.#mode = pose.mode;
    this.#level = pose.level;
    if (pose.mode === "blackout" && before !== "blackout") this.#held.set(this.#light.level);
    // While holding, the bytes that were sent stay as they are; after a blackout, what was there before it comes back.
    if (pose.mode !== "holding" || look === "" || before === "blackout") {
      this.#draw(pose);
      encodeLight(this.#wiring, this.#light, this.#own);
      this.#limiter.limit(this.#own, pose.at);
    }
    if (pose.mode !== before || look !== this.look) this.#merge.claim();
    this.#merge.merge({ own: this.#own, out: this.#out, at: pose.at });
    if (pose.mode === "blackout") this.#blackOut();
  }

  channels(universe: number): Uint8Array {
    return this.#views.get(universe) ?? this.#nothing;
  }

  fixtures(): FixtureView[] {
    return viewFixtures(this.#patch, this.#wiring, this.#out);
  }

  #draw(pose: BeatPose): void {
    const light = this.#light;
    if (pose.mode === "blackout") return void light.level.fill(0);
    if (pose.mode === "holding" && this.look !== "") return void light.level.set(this.#held);
    if (pose.mode === "idle" || pose.mode === "released" || pose.mode === "holding") {
      light.level.fill(0);
      this.look = "idle";
      this.#soften(0);
      return;
    }
    placeMoment(this.#moment, pose);
    this.#situation.advance(pose);
    this.look = this.#program.draw(this.#moment, light, this.#situation);
    if (pose.mode === "fading") this.#soften(pose.level);
    else if (pose.level < 1) scale(light.level, pose.level);
  }

  /** The look at `share`, the quiet look at the rest; heads stay where they are. */
  #soften(share: number): void {
    const { level, red, green, blue } = this.#light;
    const [quietRed, quietGreen, quietBlue] = this.#quiet;
    for (let cell = 0; cell < level.length; cell++) {
      const own = (level[cell] as number) * share;
      const r = (red[cell] as number) * own + quietRed * (1 - share);
      const g = (green[cell] as number) * own + quietGreen * (1 - share);
      const b = (blue[cell] as number) * own + quietBlue * (1 - share);
      const most = Math.max(r, g, b);
      const by = most > 0 ? 1 / most : 0;
      level[cell] = most;
      red[cell] = r * by;
      green[cell] = g * by;
      blue[cell] = b * by;
    }
  }

  /** Dark whatever a desk of the same priority sends; one of a higher priority keeps its universe. */
  #blackOut(): void {
    const { lightAt, dark } = this.#wiring;
    for (let index = 0; index < lightAt.length; index++) {
      const at = lightAt[index] as number;
      if (!this.#merge.isTaken(Math.floor(at / UNIVERSE_SIZE))) this.#out[at] = dark[index] as number;
    }
  }
}

function scale(values: Float32Array, by: number): void {
  for (let index = 0; index < values.length; index++) values[index] = (values[index] as number) * by;
}
