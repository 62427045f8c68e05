/** What is known of this box into the retained `status`, and into `alert/<id>`; the last will says the opposite. */
import { type DeviceAddress, type StatusMessage, topicOf } from "@tactus/shared";
import { ALERT_IDS, type DeviceFacts, UNKNOWN_FACTS } from "../process-channel.js";
import type { Sender } from "./mqtt-link.js";

const LASTING = { qos: 1, retain: true } as const;

export interface StatusOptions {
  address: DeviceAddress;
  name: string;
  version: string;
  session: string;
  sessionNumber: number;
  nowUs: () => number;
}

export class Status {
  readonly #options: StatusOptions;
  readonly #topic: string;
  readonly #senders: Sender[] = [];
  #facts: DeviceFacts = UNKNOWN_FACTS;
  #clockIsOff = false;
  #name: string;

  constructor(options: StatusOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#topic = topicOf(options.address, "status");
  }

  /** Also where there is no time left to say it: the last will. */
  get offline(): { topic: string; payload: string } {
    return { topic: this.#topic, payload: JSON.stringify(this.#message("offline")) };
  }

  addLink(sender: Sender): void {
    this.#senders.push(sender);
  }

  learn(facts: DeviceFacts): void {
    const alertsChanged = JSON.stringify(facts.alerts) !== JSON.stringify(this.#facts.alerts);
    this.#facts = facts;
    this.refresh();
    if (alertsChanged) for (const sender of this.#senders) this.#sendAlerts(sender);
  }

  /** For people, from now on. */
  rename(name: string): void {
    if (name === this.#name) return;
    this.#name = name;
    this.refresh();
  }

  /** The clock of this box differs from the cloud's. */
  learnClock(isOff: boolean): void {
    if (isOff === this.#clockIsOff) return;
    this.#clockIsOff = isOff;
    this.refresh();
  }

  /** The same again with a new date: on a change, and now and then. */
  refresh(): void {
    for (const sender of this.#senders) this.#sendStatus(sender);
  }

  /** This link came up: the broker behind it may know nothing, or things that are no longer so. */
  linkUp(sender: Sender): void {
    this.#sendStatus(sender);
    this.#sendAlerts(sender);
  }

  #sendStatus(sender: Sender): void {
    sender.send(this.#topic, JSON.stringify(this.#message("online")), LASTING);
  }

  #sendAlerts(sender: Sender): void {
    for (const id of ALERT_IDS) {
      const alert = this.#facts.alerts.find((known) => known.id === id);
      sender.send(topicOf(this.#options.address, `alert/${id}`), alert ? JSON.stringify(alert) : "", LASTING);
    }
  }

  #message(state: "online" | "offline"): StatusMessage {
    const { version, session, sessionNumber, nowUs } = this.#options;
    const { model, hearing, capture, source, conditions } = this.#facts;
    const doubt = this.#clockIsOff && !conditions.includes("unsynchronised-clock");
    return {
      v: 1,
      session,
      sessionNumber,
      state,
      sentAtUs: nowUs(),
      name: this.#name,
      version,
      model: model.slice(0, 80),
      hearing: state === "online" ? hearing : "down",
      capture,
      source: source.slice(0, 200),
      conditions: doubt ? [...conditions, "unsynchronised-clock"] : conditions,
    };
  }
}
