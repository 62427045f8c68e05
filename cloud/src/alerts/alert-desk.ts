/** Alerts that begin and end into the store, and the hand of the operator into both. */
import type { Log } from "../log.js";
import type { Metrics } from "../metrics.js";
import type { FleetStore } from "../store/fleet-store.js";
import { type AlertChange, SEVERITIES, type Severity, type StoredAlert } from "./alert.js";
import type { AlertDeed } from "./alert-tables.js";
import type { AlertWatch } from "./alert-watch.js";
import type { RuleBook } from "./rule-book.js";

export interface AlertDeskOptions {
  fleet: FleetStore;
  watch: AlertWatch;
  book: RuleBook;
  metrics: Metrics;
  log: Log;
  now(): number;
  /** Events have been stored: people may be told. */
  onStored(): void;
}

/** Changes in one transaction at most. */
const MAX_GROUP = 500;
const HOUR_US = 3_600_000_000;
const KEEP_US = 365 * 24 * HOUR_US;

export class AlertDesk {
  readonly #options: AlertDeskOptions;
  readonly #raised;
  #waiting: AlertChange[] = [];
  #writing: Promise<void> | undefined;
  readonly #open = new Map<string, Severity>();
  #hasFailed = false;
  #prunedUs = 0;

  constructor(options: AlertDeskOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#raised = metrics.counter("tactus_alerts_raised_total", "Alerts raised, by rule");
    metrics.gauge("tactus_alerts_open", "Alerts that have not ended, by severity", () => this.#bySeverity());
    metrics.gauge("tactus_alert_changes_waiting", "Alert changes not stored yet", () => this.#waiting.length);
  }

  /** What was known before the start. */
  async load(): Promise<void> {
    const { fleet, watch, book, now } = this.#options;
    book.load(await fleet.alerts.scopes());
    const open = await fleet.alerts.open();
    for (const { subject, rule, severity } of open) this.#open.set(`${subject} ${rule}`, severity);
    watch.restore(open, await fleet.alerts.clearedSince(now() - HOUR_US));
  }

  take(change: AlertChange): void {
    const key = `${change.subject} ${change.rule}`;
    if (change.kind === "cleared") this.#open.delete(key);
    else this.#open.set(key, change.severity);
    if (change.kind === "raised") this.#raised.add({ rule: change.rule.split(":")[0] ?? "" });
    this.#waiting.push(change);
  }

  /** Writes what is waiting. What cannot be written now is tried again at the next call. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
    if (this.#waiting.length === 0) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async acknowledge(deed: AlertDeed): Promise<StoredAlert> {
    await this.flush();
    const alert = await this.#options.fleet.alerts.acknowledge(deed);
    this.#options.onStored();
    return alert;
  }

  async clear(deed: AlertDeed): Promise<StoredAlert> {
    await this.flush();
    const alert = await this.#options.fleet.alerts.clear(deed);
    this.#open.delete(`${alert.subject} ${alert.rule}`);
    this.#options.watch.clear(alert.subject, alert.rule, deed.atUs);
    this.#options.onStored();
    return alert;
  }

  /** Once in a while: a year after its end an alert is forgotten. */
  async prune(): Promise<void> {
    const nowUs = this.#options.now();
    if (nowUs - this.#prunedUs < HOUR_US) return;
    this.#prunedUs = nowUs;
    await this.#options.fleet.alerts.prune(nowUs - KEEP_US);
  }

  async #write(): Promise<void> {
    const { fleet, log, onStored } = this.#options;
    let changes: AlertChange[] = [];
    try {
      while (this.#waiting.length > 0) {
        changes = this.#waiting.splice(0, MAX_GROUP);
        await fleet.alerts.apply(changes);
      }
      this.#hasFailed = false;
      onStored();
    } catch (error) {
      this.#waiting = [...changes, ...this.#waiting];
      if (!this.#hasFailed)
        log.error({ reason: (error as Error).message }, "Alerts not stored; tried again every second");
      this.#hasFailed = true;
    }
  }

  #bySeverity(): [Record<string, string>, number][] {
    const counts = new Map<string, number>(SEVERITIES.map((severity) => [severity, 0]));
    for (const severity of this.#open.values()) counts.set(severity, (counts.get(severity) ?? 0) + 1);
    return [...counts].map(([severity, count]) => [{ severity }, count]);
  }
}
