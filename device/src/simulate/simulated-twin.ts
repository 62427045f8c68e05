/** What the cloud wants of a simulated box into what the box says it is. Pure. */
import type { RemoteConfig, TwinDesired, TwinReported } from "@tactus/shared";
import type { UpdateStory } from "./update-story.js";

export class SimulatedTwin {
  readonly #own: RemoteConfig;
  readonly #story: UpdateStory;
  #config: RemoteConfig;
  #version = 0;
  #desiredVersion = 0;

  constructor({ name, story }: { name: string; story: UpdateStory }) {
    this.#own = {
      name,
      captureOffsetMs: 0,
      leadMs: 200,
      freezeMs: 100,
      outboxMb: 64,
      logLevel: "info",
      publicRead: true,
    };
    this.#config = this.#own;
    this.#story = story;
  }

  get name(): string {
    return this.#config.name ?? "";
  }

  /** A report is due afterwards; false: it is older than what is known. */
  want(desired: TwinDesired, nowUs: number): boolean {
    if (desired.version < this.#desiredVersion) return false;
    this.#desiredVersion = desired.version;
    this.#config = { ...this.#own, ...desired.config };
    this.#story.want(desired.model, nowUs);
    return true;
  }

  report(session: string): TwinReported {
    return {
      v: 1,
      session,
      version: ++this.#version,
      desiredVersion: this.#desiredVersion,
      config: this.#config,
      own: this.#own,
      refused: [],
      models: this.#story.report(),
    };
  }

  /** Versions count within a session. */
  restarted(): void {
    this.#version = 0;
  }
}
