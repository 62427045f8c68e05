/** Eight seconds of a synthetic beat through the device's own pipeline; prints activations and announcements as JSON. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const SAMPLE_RATE = 22050;
const SECONDS = 8;
const PERIOD = 0.5;

/** A kick and a hat in turn, over a little noise from a fixed generator. */
function synthesize() {
  const samples = new Float32Array(SAMPLE_RATE * SECONDS);
  let seed = 1;
  const noise = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed / 0x40000000 - 1;
  };
  for (let n = 0; n < samples.length; n++) {
    const time = n / SAMPLE_RATE;
    const since = time % PERIOD;
    const kick = Math.sin(2 * Math.PI * 60 * since) * Math.exp(-since * 18);
    const hat = noise() * Math.exp(-((time + PERIOD / 2) % PERIOD) * 60) * 0.3;
    samples[n] = 0.5 * kick + hat + 0.002 * noise();
  }
  return samples;
}

async function main([repository, artifactDir]) {
  const { openPipeline } = await import(pathToFileURL(join(repository, "device/dist/pipeline.js")).href);
  const activations = [];
  const beats = [];
  const spent = [];
  const pipeline = await openPipeline({ artifactDir }, (hop) => {
    activations.push([hop.beat, hop.downbeat]);
    spent.push(hop.spent.model);
    for (const event of hop.events) beats.push({ state: event.state, time: event.time });
  });
  await pipeline.push(synthesize());
  await pipeline.close();
  spent.sort((a, b) => a - b);
  console.log(JSON.stringify({ arch: process.arch, activations, beats, modelMs: spent[spent.length >> 1] }));
}

await main(process.argv.slice(2));
