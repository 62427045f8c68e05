/** How the process itself is, by the names that Prometheus' client libraries use. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Metrics } from "./metrics.js";

/** Each reading of the lag is over the time since the one before. Returns how to stop measuring. */
export function addProcessMetrics(metrics: Metrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const startedS = Math.round(Date.now() / 1000 - process.uptime());
  metrics.counter("process_cpu_seconds_total", "CPU time of the process, seconds", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge("process_resident_memory_bytes", "Memory held by the process", () => process.memoryUsage.rss());
  metrics.gauge("process_start_time_seconds", "Start of the process, seconds since 1970", () => startedS);
  metrics.gauge(
    "nodejs_eventloop_lag_p99_seconds",
    "99th percentile of the event loop's lag since the last reading",
    () => {
      const lagS = delay.percentile(99) / 1e9;
      delay.reset();
      return lagS;
    },
  );
  return () => delay.disable();
}
