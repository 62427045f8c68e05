// What would a rig have seen of this file? Runs `tactus track` and prints when each beat was announced.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const file = process.argv[2] ?? inRepository("examples/recording/escape-from-chaosland.ogg");
const track = [inRepository("bin/tactus.mjs"), "track", "--format", "jsonl", file];
const { status, stdout } = spawnSync(process.execPath, track, {
  encoding: "utf8",
  maxBuffer: Infinity,
  stdio: ["ignore", "pipe", "inherit"],
});
if (status !== 0) process.exit(status ?? 1);

// The last word on each beat: revisions replace, withdrawals remove.
const beats = new Map();
for (const line of stdout.split("\n").filter(Boolean)) {
  const event = JSON.parse(line);
  if (event.state === "withdrawn") beats.delete(event.beatId);
  else beats.set(event.beatId, { ...event, first: beats.get(event.beatId)?.first ?? event.announcedAt });
}
for (const { time, beatInBar, bpm, first, confidence } of beats.values()) {
  const early = Math.round((time - first) * 1000);
  console.log(
    `${time.toFixed(3).padStart(9)} s  beat ${beatInBar || "?"}  ${bpm.toFixed(1).padStart(5)} BPM  ` +
      `announced ${String(early).padStart(3)} ms before, confidence ${confidence.toFixed(2)}`,
  );
}
