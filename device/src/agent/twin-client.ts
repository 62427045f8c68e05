/** `twin/desired` of the cloud into settings that hold on this box, what is refused of it, and the model that is wanted. */
import { DesiredModel, firstIssue, InputError, parseJsonAs, type TwinReported } from "@tactus/shared";
import type { Logger } from "pino";
import { keepWishSync, readKeptWish, Wish } from "../kept-wish.js";
import { type Refusal, type Settings, settle } from "../remote-settings.js";
import type { ModelUpdater } from "../update/model-updater.js";

export interface TwinClientParts {
  /** As the box's own file has them. */
  own: Settings;
  /** Where the last wish is kept. */
  stateDir: string;
  updater: ModelUpdater | undefined;
  /** These hold from now on. */
  onSettings: (settings: Settings) => void;
  /** Something changed of what is to be reported. */
  onChange: () => void;
  log: Logger;
}

/** What the cloud is told of it; the rest of the report is about the session. */
export type TwinFacts = Pick<TwinReported, "desiredVersion" | "config" | "own" | "refused" | "models">;

export class TwinClient {
  readonly #parts: TwinClientParts;
  #wish: Wish | undefined;
  #settings: Settings;
  #refused: Refusal[] = [];

  constructor(parts: TwinClientParts) {
    this.#parts = parts;
    this.#settings = parts.own;
  }

  /** What was wanted last holds, whether the cloud is there or not. */
  start(): void {
    const { stateDir, own, updater, onChange } = this.#parts;
    this.#wish = readKeptWish(stateDir);
    if (updater) updater.onChange = onChange;
    if (!this.#wish) return;
    const { settings, refused } = settle(own, this.#wish.config);
    this.#settings = settings;
    this.#refused = [...refused, ...this.#modelRefusals(this.#wish).refused];
  }

  get settings(): Settings {
    return this.#settings;
  }

  get facts(): TwinFacts {
    const { own, updater } = this.#parts;
    const models = updater?.report();
    return {
      desiredVersion: this.#wish?.version ?? 0,
      config: this.#settings,
      own,
      refused: this.#refused.slice(0, 32),
      ...(models === undefined ? {} : { models }),
    };
  }

  /** A `twin/desired` message. One that cannot be read, or is older than what is there, changes nothing. */
  hear(payload: Buffer): void {
    const wish = this.#read(payload);
    if (!wish) return;
    const known = this.#wish?.version ?? 0;
    if (wish.version < known) {
      this.#parts.log.warn({ version: wish.version, known }, "An older wish of the cloud was ignored");
      return;
    }
    if (wish.version > known) this.#adopt(wish);
    this.#want(wish);
    this.#parts.onChange();
  }

  #adopt(wish: Wish): void {
    const { own, stateDir, onSettings, log } = this.#parts;
    const { settings, refused } = settle(own, wish.config);
    const isOther = JSON.stringify(settings) !== JSON.stringify(this.#settings);
    this.#wish = wish;
    this.#settings = settings;
    this.#refused = refused;
    try {
      keepWishSync(stateDir, wish);
    } catch (error) {
      log.warn(
        { reason: (error as Error).message },
        "The wish of the cloud cannot be kept: after a restart it must come again",
      );
    }
    log.info(
      { version: wish.version, refused: refused.map(({ setting }) => setting) },
      "The cloud wants other settings",
    );
    if (isOther) onSettings(settings);
  }

  #want(wish: Wish): void {
    const { model, refused } = this.#modelRefusals(wish);
    this.#refused = [...this.#refused.filter(({ setting }) => setting !== "model"), ...refused];
    if (refused.length === 0) this.#parts.updater?.want(model);
  }

  #modelRefusals({ model }: Wish): { model?: DesiredModel; refused: Refusal[] } {
    if (model === undefined) return { refused: [] };
    const refuse = (reason: string) => ({ refused: [{ setting: "model", reason: reason.slice(0, 200) }] });
    if (!this.#parts.updater) return refuse("This box takes no models from the cloud: its own file says so");
    const parsed = DesiredModel.safeParse(model);
    return parsed.success ? { model: parsed.data, refused: [] } : refuse(firstIssue(parsed.error));
  }

  #read(payload: Buffer): Wish | undefined {
    if (payload.length === 0) return undefined; // a retained message that was cleared
    try {
      return parseJsonAs(Wish, payload, "twin/desired");
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#parts.log.warn({ reason: error.message }, "Message ignored");
      return undefined;
    }
  }
}
