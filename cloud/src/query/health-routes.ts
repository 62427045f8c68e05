/** Is the process alive, can it do its work, and what has it done: for supervisors and Prometheus. */
import type { Context } from "hono";
import type { Metrics } from "../metrics.js";

export interface Readiness {
  /** What is wrong, in words; empty = ready. */
  problems(): string[];
}

export const healthz = (context: Context): Response => context.json({ status: "ok" });

export const readyz =
  (readiness: Readiness) =>
  (context: Context): Response => {
    const problems = readiness.problems();
    return problems.length === 0
      ? context.json({ status: "ready" })
      : context.json({ status: "not ready", problems }, 503);
  };

export const metricsText =
  (metrics: Metrics) =>
  (context: Context): Response =>
    context.text(metrics.render(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
