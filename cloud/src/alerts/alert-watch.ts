/** Observations of every device into alerts that begin and end: work is done where something changes or is due, never for all. */
import type { AlertMessage } from "@tactus/shared";
import type { AlertChange, AlertKey, StoredAlert } from "./alert.js";
import { clearByHand, isBad, isForgettable, QUIET, type RuleState, stepRule } from "./alert-rules.js";
import { DueWheel } from "./due-wheel.js";
import type { Observation } from "./observations.js";
import { isRuleName, type RuleBook } from "./rule-book.js";
import { DEVICE_ALERT_PREFIX, RULES } from "./rule-table.js";

interface Watched {
  subject: string;
  key: AlertKey;
  value: number | undefined;
  note: string;
  /** Of an alert that the device itself raised. */
  words: AlertMessage | undefined;
  state: RuleState;
}

export interface AlertWatchOptions {
  book: RuleBook;
  onChange(change: AlertChange): void;
}

/** Rooms that are closed are looked at again this often, and whatever the clock of the cloud missed is not counted. */
const RECHECK_US = 60_000_000;
/** Steps in one tick: some milliseconds. */
const MAX_STEPS = 250;
/** Names of alerts are the device's own: more than this at once is a fault of the device. */
const MAX_DEVICE_ALERTS = 64;

export class AlertWatch {
  readonly #options: AlertWatchOptions;
  readonly #subjects = new Map<string, Map<AlertKey, Watched>>();
  readonly #wheel = new DueWheel<Watched>();
  #tickedUs = 0;
  /** Due, and left for the next tick. */
  #backlog: Watched[] = [];

  constructor(options: AlertWatchOptions) {
    this.#options = options;
  }

  /** Values and states that are being followed: what a tick could ever touch. */
  get size(): number {
    let size = 0;
    for (const watched of this.#subjects.values()) size += watched.size;
    return size;
  }

  /** Alerts of before this start: neither raised again nor forgotten. `recent`: those that ended within the last hour. */
  restore(open: readonly StoredAlert[], recent: readonly StoredAlert[]): void {
    for (const { subject, rule, raisedUs, clearedUs } of recent) {
      const watched = this.#watched(subject, rule);
      watched.state = { ...QUIET, clearedUs, raisesUs: [...watched.state.raisesUs, raisedUs].sort((a, b) => a - b) };
    }
    for (const { subject, rule, raisedUs } of open) {
      const watched = this.#watched(subject, rule);
      const raisesUs = [...watched.state.raisesUs, raisedUs];
      watched.state = { ...watched.state, phase: "raised", sinceUs: raisedUs, raisesUs };
    }
  }

  observe(subject: string, observations: readonly Observation[], nowUs: number): void {
    for (const { rule, value, note = "" } of observations) this.#observe(subject, { key: rule, value, note }, nowUs);
  }

  /** The device itself raised it, or cleared it (`alert` undefined). */
  observeAlert(subject: string, id: string, alert: AlertMessage | undefined, nowUs: number): void {
    const key = `${DEVICE_ALERT_PREFIX}${id}`;
    const ofSubject = this.#subjects.get(subject);
    const before = ofSubject?.get(key);
    if (!before && (!alert || (ofSubject?.size ?? 0) >= MAX_DEVICE_ALERTS)) return;
    const watched = this.#watched(subject, key);
    const isNews = alert !== undefined && before?.words !== undefined && !sameWords(before.words, alert);
    watched.words = alert ?? watched.words;
    watched.value = alert ? 1 : 0;
    if (isNews && watched.state.phase === "raised") this.#say(watched, "updated", nowUs);
    this.#step(watched, nowUs);
  }

  /** An operator put an end to it. */
  clear(subject: string, key: AlertKey, nowUs: number): void {
    const watched = this.#subjects.get(subject)?.get(key);
    if (!watched) return;
    watched.state = clearByHand(watched.state, nowUs);
    this.#step(watched, nowUs);
  }

  /** Settings have changed: what is followed is judged anew. */
  reconsider(nowUs: number): void {
    for (const ofSubject of this.#subjects.values())
      for (const watched of ofSubject.values()) this.#step(watched, nowUs);
  }

  /** Those that anything is followed of. */
  subjects(): string[] {
    return [...this.#subjects.keys()];
  }

  /** The device is no more. Its alerts end. */
  forget(subject: string, nowUs: number): void {
    for (const watched of this.#subjects.get(subject)?.values() ?? []) {
      this.#wheel.put(watched, undefined);
      if (isUp(watched)) this.#say(watched, "cleared", nowUs);
    }
    this.#subjects.delete(subject);
  }

  /** Once a second. True: there is more to do, which waits for the next call, so that beats do not. */
  tick(nowUs: number): boolean {
    const slept = this.#tickedUs > 0 && nowUs - this.#tickedUs > RECHECK_US;
    this.#tickedUs = nowUs;
    for (const watched of this.#wheel.take(nowUs)) {
      // While the cloud itself slept nobody could come back: waiting begins anew.
      if (slept && watched.state.phase === "pending") watched.state = { ...watched.state, sinceUs: nowUs };
      this.#backlog.push(watched);
    }
    for (const watched of this.#backlog.splice(0, MAX_STEPS)) this.#step(watched, nowUs);
    return this.#backlog.length > 0;
  }

  #observe(subject: string, { key, value, note }: Pick<Watched, "key" | "value" | "note">, nowUs: number): void {
    const known = this.#subjects.get(subject)?.get(key);
    if (!known) {
      const thresholds = this.#options.book.thresholds(subject, key, nowUs);
      if (value === undefined || !thresholds || !isBad(thresholds, value)) return;
    }
    const watched = known ?? this.#watched(subject, key);
    watched.value = value;
    watched.note = note;
    this.#step(watched, nowUs);
  }

  #step(watched: Watched, nowUs: number): void {
    const { book } = this.#options;
    const { subject, key, value } = watched;
    const thresholds = book.thresholds(subject, key, nowUs);
    const applies = book.applies(subject, key, nowUs);
    const judged = applies || value === undefined ? value : thresholds?.clear;
    const { state, event, dueUs } = stepRule(watched.state, { thresholds, value: judged, nowUs });
    watched.state = state;
    if (event) this.#say(watched, event, nowUs);
    const isClosed = !applies && value !== undefined && thresholds !== undefined && isBad(thresholds, value);
    const isGated = isClosed || (isUp(watched) && isRuleName(key) && "whenOpen" in RULES[key]);
    this.#wheel.put(watched, isGated ? Math.min(dueUs ?? Number.MAX_SAFE_INTEGER, nowUs + RECHECK_US) : dueUs);
    if (!isGated && dueUs === undefined && isForgettable(state, nowUs)) this.#drop(watched);
  }

  #say({ subject, key, value = 0, note, words }: Watched, kind: AlertChange["kind"], atUs: number): void {
    const { book, onChange } = this.#options;
    if (kind === "cleared") {
      onChange({ kind, subject, rule: key, atUs });
    } else if (isRuleName(key)) {
      const { message, remedy } = RULES[key];
      const severity = book.severity(subject, key, atUs);
      onChange({ kind, subject, rule: key, atUs, severity, message: message(value, note).slice(0, 400), remedy });
    } else if (words) {
      const { severity, message, remedy } = words;
      onChange({ kind, subject, rule: key, atUs, severity, message, remedy });
    }
  }

  #watched(subject: string, key: AlertKey): Watched {
    const ofSubject = this.#subjects.get(subject) ?? new Map<AlertKey, Watched>();
    this.#subjects.set(subject, ofSubject);
    const known = ofSubject.get(key);
    if (known) return known;
    const made: Watched = { subject, key, value: undefined, note: "", words: undefined, state: QUIET };
    ofSubject.set(key, made);
    return made;
  }

  #drop({ subject, key }: Watched): void {
    const ofSubject = this.#subjects.get(subject);
    ofSubject?.delete(key);
    if (ofSubject?.size === 0) this.#subjects.delete(subject);
  }
}

const isUp = ({ state }: Watched): boolean => state.phase === "raised" || state.phase === "clearing";

function sameWords(one: AlertMessage, other: AlertMessage): boolean {
  return one.message === other.message && one.severity === other.severity && one.remedy === other.remedy;
}
