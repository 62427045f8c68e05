/** The trial process: one candidate, the golden clip or the shadow, then the end. */
import { InputError } from "@tactus/shared";
import { runGolden, ShadowRun } from "./runtime.js";
import type { FromTrial, ToTrial } from "./trial-channel.js";

process.title = "tactus trial";

let shadow: ShadowRun | undefined;
/** One thing after the other. */
let queue: Promise<void> = Promise.resolve();

process.on("message", (message: ToTrial) => {
  queue = queue.then(() => obey(message)).catch(explain);
});
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => {}); // Ctrl-C reaches the whole group; the agent decides

async function obey(message: ToTrial): Promise<void> {
  if (message.kind === "golden") tell({ kind: "golden", result: await runGolden(message.dir, alive) });
  if (message.kind === "shadow") shadow = await ShadowRun.open(message.dir);
  if (message.kind === "features" && shadow) tell({ kind: "shadow", ...(await shadow.hear(message.batch)) });
  alive();
}

function alive(): void {
  tell({ kind: "alive", residentMb: process.memoryUsage.rss() / 1e6 });
}

/** The candidate's fault, or ours: either way it is not taken. */
function explain(error: unknown): void {
  const { message } = error as Error;
  tell({ kind: "trouble", reason: error instanceof InputError ? message : `The trial failed: ${message}` });
}

function tell(message: FromTrial): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}
