/** The parts of alerting and how they hang together: observations → rules → store → people. */
import { statfs } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { TwinReported } from "@tactus/shared";
import type { DeviceBoard } from "../live/device-board.js";
import type { LiveEvent } from "../live/live-messages.js";
import type { Log } from "../log.js";
import type { Metrics } from "../metrics.js";
import type { FleetStore } from "../store/fleet-store.js";
import { CLOUD_SUBJECT } from "./alert.js";
import { AlertDesk } from "./alert-desk.js";
import { AlertEar } from "./alert-ear.js";
import { AlertWatch } from "./alert-watch.js";
import type { AlertsConfig, SmtpConfig, WebhooksConfig } from "./alerts-config.js";
import { MailSender } from "./notify/mail-sender.js";
import { Notifier } from "./notify/notifier.js";
import { WebhookSender } from "./notify/webhook-sender.js";
import { RuleBook } from "./rule-book.js";

export interface AlertPartsOptions {
  fleet: FleetStore;
  board: DeviceBoard;
  metrics: Metrics;
  log: Log;
  now(): number;
  dataDir: string;
  config: { alerts: AlertsConfig; webhooks: WebhooksConfig; smtp?: SmtpConfig | undefined };
}

export interface AlertParts {
  alertDesk: AlertDesk;
  alertWatch: AlertWatch;
  ruleBook: RuleBook;
  notifier: Notifier;
  webhookSender: WebhookSender;
  mailSender: MailSender | undefined;
  observe(event: LiveEvent): void;
  reported(device: string, message: TwinReported, receivedAtUs: number): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const TICK_MS = 1000;
const DISK_US = 30_000_000;
const LOGINS_US = 600_000_000;
const DAY_US = 86_400_000_000;
/** A login is looked at from so many days before its end. */
const LOGIN_DAYS = 60;

export function alertParts(options: AlertPartsOptions): AlertParts {
  const { fleet, board, metrics, log, now, config } = options;
  const ruleBook = new RuleBook({ tagsOf: (subject) => board.tagsOf(subject) });
  const alertWatch: AlertWatch = new AlertWatch({ book: ruleBook, onChange: (change) => alertDesk.take(change) });
  const onStored = () => notifier.arrived();
  const alertDesk: AlertDesk = new AlertDesk({ fleet, watch: alertWatch, book: ruleBook, metrics, log, now, onStored });
  const { allowPrivate, timeoutMs, retryBaseS, giveUpHours } = config.webhooks;
  const webhookSender = new WebhookSender({ allowPrivate, timeoutMs });
  const mailSender = config.smtp ? new MailSender(config.smtp) : undefined;
  const notifier: Notifier = new Notifier({
    ...{ fleet, metrics, log, now, ...config.alerts },
    webhooks: webhookSender,
    mail: mailSender,
    mailEveryS: config.smtp?.everyS ?? 0,
    retry: { baseS: retryBaseS, giveUpS: giveUpHours * 3600 },
    isMuted: ({ subject, rule }) => ruleBook.mute(subject, rule, now()) !== undefined,
  });
  const ear = new AlertEar(alertWatch);
  metrics.gauge("tactus_devices", "Devices that the cloud knows, by state", () => [
    [{ state: "online" }, ear.online],
    [{ state: "offline" }, Math.max(0, board.size - ear.online)],
  ]);
  const clockwork = new AlertClockwork({ ...options, ear, alertDesk, alertWatch, notifier });
  return {
    ...{ alertDesk, alertWatch, ruleBook, notifier, webhookSender, mailSender },
    observe: (event) => ear.observe(event),
    reported: (device, message, receivedAtUs) => ear.reported(device, message, receivedAtUs),
    start: () => clockwork.start(),
    stop: () => clockwork.stop(),
  };
}

type ClockworkOptions = AlertPartsOptions &
  Pick<AlertParts, "alertDesk" | "alertWatch" | "notifier"> & { ear: AlertEar };

/** What happens by the clock: waiting that is over, the cloud's own disk, logins that end, messages that are due. */
class AlertClockwork {
  readonly #options: ClockworkOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #startedUs = 0;
  #isGraceOver = false;
  #diskUs = 0;
  #loginsUs = 0;
  #ending = new Set<string>();

  constructor(options: ClockworkOptions) {
    this.#options = options;
  }

  /** Before the first device can come in. */
  async start(): Promise<void> {
    const { alertDesk, notifier, now } = this.#options;
    await alertDesk.load();
    await notifier.load();
    this.#startedUs = now();
    this.#timer = setInterval(() => {
      this.#running ??= this.#tick().finally(() => {
        this.#running = undefined;
      });
    }, TICK_MS);
  }

  /** Before devices are disconnected. What is under way is finished; what waits is in the store. */
  async stop(): Promise<void> {
    this.#options.ear.close();
    clearInterval(this.#timer);
    await this.#running;
    await this.#options.alertDesk.flush();
    await this.#options.notifier.idle();
  }

  async #tick(): Promise<void> {
    const { alertDesk, alertWatch, notifier, now, log } = this.#options;
    try {
      await this.#endGrace(now());
      await this.#lookAtDisk(now());
      await this.#lookAtLogins(now());
      while (alertWatch.tick(now())) await nextTurn();
      await alertDesk.flush();
      await alertDesk.prune();
      await notifier.tick();
    } catch (error) {
      log.error({ reason: (error as Error).message }, "Alerts are behind");
    }
  }

  async #endGrace(nowUs: number): Promise<void> {
    const { config, ear, board } = this.#options;
    if (this.#isGraceOver || nowUs - this.#startedUs < config.alerts.graceS * 1e6) return;
    this.#isGraceOver = true;
    for (const device of board.deviceIds()) if (ear.noteAbsent(device, nowUs)) await nextTurn();
  }

  async #lookAtDisk(nowUs: number): Promise<void> {
    if (nowUs - this.#diskUs < DISK_US) return;
    this.#diskUs = nowUs;
    this.#forgetGone(nowUs);
    const { bavail, bsize } = await statfs(this.#options.dataDir);
    this.#options.alertWatch.observe(
      CLOUD_SUBJECT,
      [{ rule: "cloud-disk", value: (bavail * bsize) / 1_048_576 }],
      nowUs,
    );
  }

  /** Devices that have left the fleet meanwhile. */
  #forgetGone(nowUs: number): void {
    const { alertWatch, board, ear } = this.#options;
    for (const subject of alertWatch.subjects())
      if (subject !== CLOUD_SUBJECT && !board.has(subject)) ear.forget(subject, nowUs);
  }

  async #lookAtLogins(nowUs: number): Promise<void> {
    if (nowUs - this.#loginsUs < LOGINS_US) return;
    this.#loginsUs = nowUs;
    const { fleet, alertWatch } = this.#options;
    const ending = await fleet.alerts.endingLogins(nowUs + LOGIN_DAYS * DAY_US);
    const endsUs = new Map(ending.map((login) => [login.subject, login.endsUs]));
    for (const subject of new Set([...this.#ending, ...endsUs.keys()])) {
      const ends = endsUs.get(subject);
      const value = ends === undefined ? LOGIN_DAYS : (ends - nowUs) / DAY_US;
      alertWatch.observe(subject, [{ rule: "credential", value }], nowUs);
    }
    this.#ending = new Set(endsUs.keys());
  }
}
