/** The cloud's REST interface for rooms, typed by the cloud itself; `api/` has the other parts. */
import type { DeviceAnswer, HistoryAnswer } from "@tactus/cloud";
import { get } from "./api/client.js";

export { ApiError } from "./api/client.js";

export const getDevice = (id: string, signal: AbortSignal): Promise<DeviceAnswer> =>
  get(`/api/v1/devices/${encodeURIComponent(id)}`, signal);

export interface HistoryRange {
  /** Epoch milliseconds. */
  fromMs: number;
  toMs: number;
  points: number;
}

export function getHistory(id: string, range: HistoryRange, signal: AbortSignal): Promise<HistoryAnswer> {
  return get(`/api/v1/devices/${encodeURIComponent(id)}/history`, signal, {
    from: Math.round(range.fromMs),
    to: Math.round(range.toMs),
    points: range.points,
  });
}
