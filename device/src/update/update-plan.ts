/** One update from the wish to its end: what is kept of it, and when the moment to switch has come. Pure. */
import { DesiredModel, GoldenResult, ShadowResult, type UpdateReport, UpdateState } from "@tactus/shared";
import { z } from "zod";
import type { ModelFacts } from "./model-facts.js";

/** Kept on disk after every change. */
export const UpdateRecord = z.object({
  v: z.literal(1),
  /** Of this attempt; the supervisor's outcome carries it. */
  id: z.string().min(1).max(64),
  wish: DesiredModel,
  state: UpdateState,
  sinceUs: z.int().min(0),
  reason: z.string().max(400),
  /** When the candidate had passed everything before the switch; 0 = not yet. */
  readyAtUs: z.int().min(0),
  /** When an end that may not last is tried again; 0 = it lasts. */
  retryAtUs: z.int().min(0),
  golden: GoldenResult.optional(),
  shadow: ShadowResult.optional(),
});
export type UpdateRecord = z.infer<typeof UpdateRecord>;

/** What was refused or failed for a reason that may pass is tried again after this, microseconds. */
const RETRY_US = 3_600_000_000;
const LONGEST_REASON = 400;
const ENDS: readonly UpdateState[] = ["committed", "rolled-back", "refused", "failed"];

export const isEnd = (state: UpdateState): boolean => ENDS.includes(state);
export const isBadEnd = (state: UpdateState): boolean => isEnd(state) && state !== "committed";

/** The same update, though its windows or durations may have changed. */
export const isSameWish = (a: DesiredModel, b: DesiredModel): boolean =>
  a.name === b.name && a.version === b.version && a.rollout === b.rollout;

export function begun(wish: DesiredModel, id: string, nowUs: number): UpdateRecord {
  return { v: 1, id, wish, state: "checking", sinceUs: nowUs, reason: "", readyAtUs: 0, retryAtUs: 0 };
}

/** In a state, for a reason. `mayPass`: an end that is to be tried again. */
export function moved(
  record: UpdateRecord,
  state: UpdateState,
  { nowUs, reason = "", mayPass = false }: { nowUs: number; reason?: string; mayPass?: boolean },
): UpdateRecord {
  const sinceUs = state === record.state ? record.sinceUs : nowUs;
  const readyAtUs = state === "waiting" ? record.readyAtUs || nowUs : record.readyAtUs;
  const retryAtUs = mayPass ? nowUs + RETRY_US : 0;
  return { ...record, state, sinceUs, reason: reason.slice(0, LONGEST_REASON), readyAtUs, retryAtUs };
}

/** What the supervisor knows is stronger than what the agent remembers: power may have gone between the two. */
export function reconciled(record: UpdateRecord, models: ModelFacts, nowUs: number): UpdateRecord {
  const { probation, outcome, refused } = models;
  if (outcome?.id === record.id && !isEnd(record.state))
    return moved(record, outcome.result, { nowUs, reason: outcome.reason });
  if (probation?.id === record.id && record.state !== "probation") return moved(record, "probation", { nowUs });
  if (refused?.id === record.id && record.state === "waiting")
    return moved(record, "failed", { nowUs, reason: refused.reason, mayPass: true });
  const isLost = record.state === "probation" && probation?.id !== record.id;
  return isLost ? moved(record, "waiting", { nowUs }) : record;
}

export interface Room {
  nowUs: number;
  /** Does the wall clock tell the truth, as far as the box knows? */
  isClockTrusted: boolean;
  /** There has been no music for so long, seconds; 0 = music plays now. */
  quietForS: number;
  /** Quiet enough to switch, seconds. */
  quietS: number;
}

export interface Moment {
  go: boolean;
  /** What it waits for. */
  reason: string;
  lock?: { reason: string; expiresAtUs: number };
}

const GO: Moment = { go: true, reason: "" };

/** May the switch happen now? `readyAtUs`: since when the candidate has been ready. */
export function moment({ wish, readyAtUs }: Pick<UpdateRecord, "wish" | "readyAtUs">, room: Room): Moment {
  const { when, windows, lockExpiresS } = wish.switch;
  const { nowUs, isClockTrusted, quietForS, quietS } = room;
  if (windows.length > 0) {
    if (!isClockTrusted) return { go: false, reason: "The clock is not synchronised: windows cannot be told" };
    if (!windows.some(({ fromUs, toUs }) => fromUs <= nowUs && nowUs < toUs)) return outside(windows, nowUs);
  }
  if (when === "now" || quietForS >= quietS) return GO;
  const expiresAtUs = lockExpiresS === 0 ? 0 : readyAtUs + lockExpiresS * 1_000_000;
  if (expiresAtUs > 0 && nowUs >= expiresAtUs) return GO;
  const reason = quietForS === 0 ? "Music is playing" : `Music was playing ${Math.floor(quietForS)} s ago`;
  return { go: false, reason, lock: { reason, expiresAtUs } };
}

function outside(windows: readonly { fromUs: number; toUs: number }[], nowUs: number): Moment {
  const next = Math.min(...windows.map(({ fromUs }) => fromUs).filter((fromUs) => fromUs > nowUs));
  if (!Number.isFinite(next)) return { go: false, reason: "Every window for the switch has passed" };
  return { go: false, reason: `Waits for its window, which opens at ${new Date(next / 1000).toISOString()}` };
}

/** For the twin. `more`: what is known of the present state alone. */
export function reportOf(record: UpdateRecord, more: Pick<UpdateReport, "progress" | "lock"> = {}): UpdateReport {
  const { wish, state, sinceUs, reason, golden, shadow } = record;
  const { name, version, rollout } = wish;
  const results = { ...(golden ? { golden } : {}), ...(shadow ? { shadow } : {}) };
  return { name, version, rollout, state, sinceUs, reason, ...more, ...results };
}
