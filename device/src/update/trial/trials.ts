/** A candidate's folder into what it is worth: the golden clip, and the shadow beside the active model. */
import type { GoldenResult, ShadowResult } from "@tactus/shared";
import { TrialError } from "./trial-error.js";
import { TrialProcess, type TrialProcessOptions } from "./trial-process.js";

/** Music with so many beats of the active model, and none of the candidate, shows that the candidate is deaf. */
const DEAF_BEATS = 24;
/** The clip may take this long on the slowest box, seconds. */
const GOLDEN_WITHIN_S = 300;

export interface ShadowOptions {
  dir: string;
  /** It ends after this much music, seconds. */
  musicS: number;
  signal: AbortSignal;
  onResult: (result: ShadowResult) => void;
}

export type TrialsOptions = Pick<TrialProcessOptions, "clock" | "hungS" | "maxResidentMb" | "main">;

export class Trials {
  readonly #options: TrialsOptions;
  #shadow: TrialProcess | undefined;

  constructor(options: TrialsOptions) {
    this.#options = options;
  }

  /** Rejects with TrialError, or with the signal's reason. */
  golden(dir: string, signal: AbortSignal): Promise<GoldenResult> {
    return this.#run<GoldenResult>(signal, ({ open, done, failed }) => {
      const late = setTimeout(
        () => failed(new TrialError(`The golden clip took more than ${GOLDEN_WITHIN_S} s`)),
        GOLDEN_WITHIN_S * 1000,
      );
      const process = open((message) => message.kind === "golden" && done(message.result));
      process.tell({ kind: "golden", dir });
      return () => clearTimeout(late);
    });
  }

  /** Resolves when the candidate has heard enough music; give it what is heard by features(). */
  shadow({ dir, musicS, signal, onResult }: ShadowOptions): Promise<ShadowResult> {
    return this.#run<ShadowResult>(signal, ({ open, done, failed }) => {
      const process = open((message) => {
        if (message.kind !== "shadow") return;
        const { result, beats } = message;
        onResult(result);
        if (beats.candidate === 0 && beats.active >= DEAF_BEATS)
          failed(new TrialError(`It found no beat where the active model found ${beats.active}`));
        else if (result.musicS >= musicS) done(result);
      });
      this.#shadow = process;
      process.tell({ kind: "shadow", dir });
      return () => {
        this.#shadow = undefined;
      };
    });
  }

  /** A batch of the tap of hearing; nothing happens to it while no shadow runs. */
  features(batch: string): void {
    this.#shadow?.tell({ kind: "features", batch });
  }

  #run<T>(
    signal: AbortSignal,
    work: (parts: {
      open: (onMessage: TrialProcessOptions["onMessage"]) => TrialProcess;
      done: (result: T) => void;
      failed: (error: Error) => void;
    }) => () => void,
  ): Promise<T> {
    signal.throwIfAborted();
    let process: TrialProcess | undefined;
    let tidy = () => {};
    const onAbort: { call: () => void } = { call: () => {} };
    return new Promise<T>((done, failed) => {
      const open = (onMessage: TrialProcessOptions["onMessage"]) => {
        process = new TrialProcess({ ...this.#options, onMessage, onTrouble: failed });
        process.start();
        return process;
      };
      onAbort.call = () => failed(signal.reason as Error);
      signal.addEventListener("abort", onAbort.call, { once: true });
      tidy = work({ open, done, failed });
    }).finally(() => {
      signal.removeEventListener("abort", onAbort.call);
      process?.stop();
      tidy();
    });
  }
}
