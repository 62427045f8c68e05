/** The artifact's golden vectors through the device's own model code; prints the largest difference as JSON. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

function decode({ shape: [rows, columns], float32 }) {
  const bytes = Buffer.from(float32, "base64");
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, rows * columns);
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

async function main([repository, artifactDir]) {
  const ours = (name) => import(pathToFileURL(join(repository, "device/dist/model", name)).href);
  const [{ loadArtifact }, { OnnxModel }] = [await ours("artifact.js"), await ours("onnx-model.js")];
  const golden = JSON.parse(await readFile(join(artifactDir, "golden.json"), "utf8"));
  const artifact = await loadArtifact(artifactDir);
  const model = await OnnxModel.open(artifact);
  const [features, expected] = [decode(golden.features), decode(golden.activations)];
  const [beat, downbeat] = ["beat", "downbeat"].map((head) => artifact.manifest.streaming.heads.indexOf(head));
  let worst = 0;
  for (const [frame, values] of features.entries()) {
    const heard = await model.step(values);
    worst = Math.max(worst, Math.abs(heard.beat - expected[frame][beat]));
    worst = Math.max(worst, Math.abs(heard.downbeat - expected[frame][downbeat]));
  }
  await model.close();
  console.log(JSON.stringify({ arch: process.arch, frames: features.length, worst, name: artifact.manifest.name }));
}

await main(process.argv.slice(2));
