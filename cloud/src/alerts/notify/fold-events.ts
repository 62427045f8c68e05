/** Events of many alerts into few notices: what is over before anybody was told is left out, a mass is one. Pure. */
import { SEVERITIES, type Severity, type StoredAlert } from "../alert.js";
import type { EventKind, Notice, PendingEvent } from "./notice.js";

export interface FoldOptions {
  events: readonly PendingEvent[];
  nowUs: number;
  /** Nobody is to be told of this alert now. */
  isMuted(alert: StoredAlert): boolean;
  /** More events of one rule and kind than this become one notice. */
  foldAbove: number;
}

export interface Folded {
  notices: Notice[];
  /** Ids of events that are dealt with: told, or not worth telling. The others wait. */
  done: number[];
}

/** Alerts named in one notice; the count says how many there are. */
const MAX_NAMED = 50;

export function foldEvents({ events, nowUs, isMuted, foldAbove }: FoldOptions): Folded {
  const unheard = endedUnheard(events);
  const told = events.filter((event) => !unheard.has(event.alert.id) && !waits(event, isMuted));
  const groups = new Map<string, PendingEvent[]>();
  for (const event of told) {
    const key = `${event.kind} ${event.alert.rule}`;
    const group = groups.get(key) ?? [];
    group.push(event);
    groups.set(key, group);
  }
  const notices = [...groups.values()].flatMap((group) =>
    group.length > foldAbove ? [noticeOf(group, nowUs)] : group.map((event) => noticeOf([event], nowUs)),
  );
  const isTold = new Set(told);
  const done = events.filter((event) => unheard.has(event.alert.id) || isTold.has(event)).map(({ id }) => id);
  return { notices, done };
}

/** Raised and over again while it was held back: ids of alerts. */
function endedUnheard(events: readonly PendingEvent[]): Set<number> {
  const raised = new Set(events.filter(({ kind }) => kind === "raised").map(({ alert }) => alert.id));
  return new Set(
    events.filter(({ kind, alert }) => kind === "cleared" && raised.has(alert.id)).map(({ alert }) => alert.id),
  );
}

/** The end of something that people know of is told even while it is muted. */
function waits({ kind, alert }: PendingEvent, isMuted: FoldOptions["isMuted"]): boolean {
  return kind === "raised" && isMuted(alert);
}

function noticeOf(group: readonly PendingEvent[], nowUs: number): Notice {
  const alerts = group.map(({ alert }) => alert);
  const [first] = group;
  const kind: EventKind = first?.kind ?? "raised";
  const rank = Math.max(...alerts.map(({ severity }) => SEVERITIES.indexOf(severity)));
  return {
    type: `alert.${kind}`,
    timestamp: new Date(nowUs / 1000).toISOString(),
    data: {
      title: titleOf(kind, alerts),
      severity: SEVERITIES[rank] ?? ("info" as Severity),
      count: alerts.length,
      alerts: alerts.slice(0, MAX_NAMED),
    },
  };
}

function titleOf(kind: EventKind, alerts: readonly StoredAlert[]): string {
  const [first] = alerts;
  if (!first) return "";
  const ending = { raised: "", acknowledged: ` (${first.acknowledgedBy} looks after it)`, cleared: " (over)" }[kind];
  if (alerts.length === 1) return `${first.subject}: ${first.message}${ending}`;
  return `${alerts.length} devices: ${first.rule}${ending}`;
}
