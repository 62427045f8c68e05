/** Confidence features of every announced beat of audio files, one JSON object per line: input of fit_confidence.py. */
import { appendFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeAudio } from "../../device/dist/capture/decode-audio.js";
import { Resampler } from "../../device/dist/frontend/resampler.js";
import { openPipeline } from "../../device/dist/pipeline.js";

const [out, ...files] = process.argv.slice(2);
if (!out || files.length === 0) {
  console.error("Usage: node models/scripts/dump_confidence.mjs OUT.jsonl FILE…");
  process.exit(2);
}
const artifactDir = fileURLToPath(new URL("../artifacts/beat", import.meta.url));
writeFileSync(out, "");
for (const file of files) {
  const lines = [];
  const pipeline = await openPipeline({ artifactDir }, (step) => {
    for (const event of step.events) {
      if (event.state !== "announced") continue;
      lines.push(
        JSON.stringify({ file, time: event.time, confidence: event.confidence, ...pipeline.confidenceFeatures() }),
      );
    }
  });
  await feed(pipeline, file);
  appendFileSync(out, lines.map((line) => `${line}\n`).join(""));
  await pipeline.close();
}

async function feed(pipeline, file) {
  const audio = await decodeAudio(file);
  const resampler = new Resampler(audio);
  for await (const block of audio.blocks) await pipeline.push(resampler.push(block.samples));
  await pipeline.push(resampler.flush());
}
