/** Stored events into queued deliveries, and queued deliveries to webhooks and mail, each until it is taken or given up. */
import { randomBytes } from "node:crypto";
import type { Log } from "../../log.js";
import type { Counter, Metrics } from "../../metrics.js";
import type { FleetStore } from "../../store/fleet-store.js";
import { SEVERITIES, type StoredAlert } from "../alert.js";
import { foldEvents } from "./fold-events.js";
import type { MailSender } from "./mail-sender.js";
import { mailText } from "./mail-text.js";
import { MAIL_TARGET, type Notice, type StoredDelivery, type StoredWebhook, type Target } from "./notice.js";
import type { DeliveryOutcome } from "./notice-tables.js";
import { CircuitBreaker, nextTryUs, RETRY, type RetryOptions } from "./retry-plan.js";
import type { WebhookSender } from "./webhook-sender.js";

export interface NotifierOptions {
  fleet: FleetStore;
  webhooks: WebhookSender;
  /** Undefined = no mail is configured. */
  mail: MailSender | undefined;
  isMuted(alert: StoredAlert): boolean;
  /** Events are gathered for this long, seconds: a mass becomes one notice. */
  foldS: number;
  foldAbove: number;
  /** Not more than one mail in this time, seconds. */
  mailEveryS: number;
  retry?: Partial<RetryOptions>;
  metrics: Metrics;
  log: Log;
  now(): number;
}

const MAX_EVENTS = 20_000;
const BATCH = 10;
const MAIL_BATCH = 200;
/** Events under a mute are looked at again this often. */
const LOOK_AGAIN_US = 15_000_000;
const KEEP_US = 30 * 86_400_000_000;

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #breakers = new Map<Target, CircuitBreaker>();
  readonly #sending = new Map<Target, Promise<void>>();
  readonly #delivered: Counter;
  /** Time at which the oldest stored event may be folded. */
  #foldAtUs: number | undefined = 0;
  #mailedUs = 0;
  #queues: { target: Target; state: string; count: number }[] = [];
  #webhooks: StoredWebhook[] = [];
  #prunedUs = 0;

  constructor(options: NotifierOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#delivered = metrics.counter("tactus_deliveries_total", "Tries to tell people, by kind of target and outcome");
    metrics.gauge("tactus_deliveries_waiting", "Deliveries that wait to be tried", () => this.#count("queued"));
    metrics.gauge("tactus_deliveries_dead", "Deliveries that were given up", () => this.#count("dead"));
  }

  async load(): Promise<void> {
    this.#webhooks = await this.#options.fleet.notices.webhooks();
    this.#queues = await this.#options.fleet.notices.counts();
  }

  /** Something has been stored. */
  arrived(): void {
    const { now, foldS } = this.#options;
    const dueUs = now() + foldS * 1e6;
    this.#foldAtUs = Math.min(this.#foldAtUs ?? dueUs, dueUs);
  }

  /** Webhooks or mutes have changed. */
  async changed(): Promise<void> {
    await this.load();
    this.arrived();
  }

  /** Once a second. Starts what is due; never waits for a receiver. */
  async tick(): Promise<void> {
    const nowUs = this.#options.now();
    if (this.#foldAtUs !== undefined && nowUs >= this.#foldAtUs) await this.#fold(nowUs);
    for (const { target, state } of this.#queues) {
      if (state !== "queued" || this.#sending.has(target)) continue;
      const sent = this.#serve(target).finally(() => this.#sending.delete(target));
      this.#sending.set(target, sent);
    }
    if (nowUs - this.#prunedUs > 3_600_000_000) {
      this.#prunedUs = nowUs;
      await this.#options.fleet.notices.prune(nowUs - KEEP_US);
    }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#sending.values());
  }

  /** Once, without the queue: does it arrive? Rejects with what went wrong. */
  async testWebhook(webhook: StoredWebhook): Promise<{ status: number }> {
    const { webhooks, now } = this.#options;
    const notice = testNotice(now());
    const { status } = await webhooks.send({ webhook, id: newId("test"), ...callOf(notice), nowUs: now() });
    return { status };
  }

  async testMail(mail: MailSender): Promise<void> {
    await mail.send(mailText([testNotice(this.#options.now())]), newId("test"));
  }

  async #fold(nowUs: number): Promise<void> {
    const { fleet, isMuted, foldAbove } = this.#options;
    this.#foldAtUs = undefined;
    const events = await fleet.notices.pendingEvents(MAX_EVENTS);
    if (events.length === 0) return;
    const { notices, done } = foldEvents({ events, nowUs, isMuted, foldAbove });
    const queued = notices.map((notice) => ({
      notice,
      deliveries: this.#targetsOf(notice).map((target) => ({ id: newId("msg"), target })),
    }));
    if (done.length > 0) await fleet.notices.queue(queued, done, nowUs);
    if (done.length < events.length) this.#foldAtUs = nowUs + LOOK_AGAIN_US;
    this.#queues = await fleet.notices.counts();
  }

  #targetsOf({ type, data }: Notice): Target[] {
    const isWanted = ({ minSeverity, events }: StoredWebhook) =>
      SEVERITIES.indexOf(data.severity) >= SEVERITIES.indexOf(minSeverity) &&
      events.some((kind) => type === `alert.${kind}`);
    const hooks = this.#webhooks.filter(isWanted).map(({ id }) => id);
    return this.#options.mail && type !== "alert.acknowledged" ? [...hooks, MAIL_TARGET] : hooks;
  }

  async #serve(target: Target): Promise<void> {
    const { fleet, log } = this.#options;
    try {
      const outcomes = await (target === MAIL_TARGET ? this.#serveMail() : this.#serveWebhook(target));
      if (outcomes.length === 0) return;
      this.#queues = await fleet.notices.counts();
    } catch (error) {
      log.error({ target, reason: (error as Error).message }, "Deliveries not served");
    }
  }

  async #serveWebhook(target: Target): Promise<DeliveryOutcome[]> {
    const { fleet, now } = this.#options;
    const webhook = this.#webhooks.find(({ id }) => id === target);
    const limit = this.#breaker(target).allowance(now(), BATCH);
    if (limit === 0) return [];
    const outcomes: DeliveryOutcome[] = [];
    for (const delivery of await fleet.notices.due({ target, nowUs: now(), limit })) {
      if (this.#breaker(target).isOpen(now())) break;
      const outcome = await this.#outcome([delivery], () => this.#post(webhook, delivery));
      await fleet.notices.settle(outcome);
      outcomes.push(...outcome);
    }
    return outcomes;
  }

  /** Returns the wait the receiver asks for beside its refusal. */
  async #post(webhook: StoredWebhook | undefined, delivery: StoredDelivery): Promise<void> {
    if (!webhook) throw new Error("The webhook was deleted");
    const { webhooks, now } = this.#options;
    const { id, notice } = delivery;
    const { status, retryAfterS } = await webhooks.send({ webhook, id, ...callOf(notice), nowUs: now() });
    if (status >= 200 && status < 300) return;
    const redirect = status >= 300 && status < 400 ? ", redirects are not followed" : "";
    throw Object.assign(new Error(`It answered ${status}${redirect}`), { retryAfterS });
  }

  /** Everything that waits in one mail. */
  async #serveMail(): Promise<DeliveryOutcome[]> {
    const { fleet, mail, now, mailEveryS } = this.#options;
    if (!mail || now() - this.#mailedUs < mailEveryS * 1e6) return [];
    if (this.#breaker(MAIL_TARGET).allowance(now(), MAIL_BATCH) === 0) return [];
    const due = await fleet.notices.due({ target: MAIL_TARGET, nowUs: now(), limit: MAIL_BATCH });
    const [first] = due;
    if (!first) return [];
    this.#mailedUs = now();
    const outcomes = await this.#outcome(due, () => mail.send(mailText(due.map(({ notice }) => notice)), first.id));
    await fleet.notices.settle(outcomes);
    return outcomes;
  }

  async #outcome(due: readonly StoredDelivery[], send: () => Promise<void>): Promise<DeliveryOutcome[]> {
    const [first] = due;
    const kind = first?.target === MAIL_TARGET ? "mail" : "webhook";
    const breaker = this.#breaker(first?.target ?? "");
    try {
      await send();
      breaker.succeeded();
      this.#delivered.add({ kind, outcome: "delivered" }, due.length);
      const atUs = this.#options.now();
      return due.map(({ id }) => ({ id, state: "delivered", nextUs: 0, error: "", atUs }));
    } catch (error) {
      breaker.failed(this.#options.now());
      return due.map((delivery) => this.#failed(delivery, kind, error as Error & { retryAfterS?: number }));
    }
  }

  #failed(delivery: StoredDelivery, kind: string, error: Error & { retryAfterS?: number }): DeliveryOutcome {
    const { now, retry, log } = this.#options;
    const { id, queuedUs, attempts } = delivery;
    const nowUs = now();
    const { retryAfterS = 0, message } = error;
    const tries = attempts + 1;
    const failure = { attempts: tries, queuedUs, nowUs, retryAfterS, random: Math.random() };
    const nextUs = nextTryUs(failure, { ...RETRY, ...retry });
    const state = nextUs === undefined ? "dead" : "queued";
    this.#delivered.add({ kind, outcome: nextUs === undefined ? "dead" : "failed" });
    log.warn(
      { delivery: id, kind, attempts: tries, reason: message },
      nextUs === undefined ? "Delivery given up" : "Delivery failed",
    );
    return { id, state, nextUs: nextUs ?? 0, error: message.slice(0, 400), atUs: nowUs };
  }

  #breaker(target: Target): CircuitBreaker {
    const known = this.#breakers.get(target) ?? new CircuitBreaker();
    this.#breakers.set(target, known);
    return known;
  }

  #count(wanted: string): number {
    return this.#queues.reduce((sum, { state, count }) => (state === wanted ? sum + count : sum), 0);
  }
}

/** Random, so that nobody can guess one to have a delivery refused as seen. */
function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString("base64url")}`;
}

function callOf(notice: Notice): { type: string; body: string } {
  return { type: notice.type, body: JSON.stringify(notice) };
}

function testNotice(nowUs: number): Notice {
  const data = { title: "This is a test: nothing is wrong", severity: "info", count: 0, alerts: [] } as const;
  return { type: "test", timestamp: new Date(nowUs / 1000).toISOString(), data: { ...data, alerts: [] } };
}
