/** What hearing knows of itself, told to the supervisor whenever it changes. */
import type { CaptureState } from "@tactus/shared";
import type { HearingFacts } from "../process-channel.js";
import type { Condition } from "./condition-watch.js";

export interface FactSheetOptions {
  source: string;
  model: string;
  tell: (facts: HearingFacts) => void;
}

export class FactSheet {
  readonly #tell: (facts: HearingFacts) => void;
  #facts: HearingFacts;
  #told = "";

  constructor({ source, model, tell }: FactSheetOptions) {
    this.#tell = tell;
    this.#facts = { capture: "starting", captureReason: "", source, model, conditions: [], music: false };
  }

  /** "name version". */
  get modelName(): string {
    return this.#facts.model;
  }

  get isRunning(): boolean {
    return this.#facts.capture === "running";
  }

  capture(capture: CaptureState, captureReason: string): void {
    this.#facts = { ...this.#facts, capture, captureReason };
    this.tell();
  }

  conditions(conditions: Condition[]): void {
    this.#facts = { ...this.#facts, conditions };
    this.tell();
  }

  music(music: boolean): void {
    if (music === this.#facts.music) return;
    this.#facts = { ...this.#facts, music };
    this.tell();
  }

  /** Another model took over. */
  model(model: string): void {
    this.#facts = { ...this.#facts, model };
    this.tell();
  }

  tell(): void {
    const text = JSON.stringify(this.#facts);
    if (text === this.#told) return;
    this.#told = text;
    this.#tell(this.#facts);
  }
}
