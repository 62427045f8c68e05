/** The cloud's REST interface, typed by the cloud itself. */
import type { DeviceAnswer, HistoryAnswer, Problem } from "@tactus/cloud";

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }
}

export const getDevice = (id: string, signal: AbortSignal): Promise<DeviceAnswer> =>
  get(`/api/v1/devices/${encodeURIComponent(id)}`, signal);

export interface HistoryRange {
  /** Epoch milliseconds. */
  fromMs: number;
  toMs: number;
  points: number;
}

export function getHistory(id: string, range: HistoryRange, signal: AbortSignal): Promise<HistoryAnswer> {
  const query = new URLSearchParams({
    from: String(Math.round(range.fromMs)),
    to: String(Math.round(range.toMs)),
    points: String(range.points),
  });
  return get(`/api/v1/devices/${encodeURIComponent(id)}/history?${query}`, signal);
}

async function get<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal, headers: { accept: "application/json" } });
  const body: unknown = await response.json();
  if (!response.ok) throw new ApiError(body as Problem);
  return body as T;
}
