/**
 * One PortAudio input onto file descriptor 3, as interleaved 32-bit float; started by capture/naudiodon-source.ts.
 *
 * A process of its own, because the library prints to stdout, hooks SIGSEGV, keeps a worker thread for as long as a
 * dead stream is waited for, and can hang when its sound server goes. Plain JavaScript, so that it runs the same from
 * the sources and from the build.
 *
 * argv[2]: JSON {mode: "probe" | "list" | "capture", device?, sampleRateHz?, audioChannels?, blockSamples?}.
 * Answers over the process channel: {ok: true, …} or {error, missing?}.
 */
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const FLOAT32 = 1;
/** The reader does not read: about ten seconds of stereo. Better start afresh than grow. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

const request = JSON.parse(process.argv[2] ?? "{}");
let input;
let ending = false;
process.on("disconnect", () => end(0));
process.on("SIGTERM", () => end(0));
// Ctrl-C in a terminal goes to every process there; whether capture ends is the parent's decision.
process.on("SIGINT", () => {});

const naudiodon = await load();
if (naudiodon) {
  try {
    if (request.mode === "capture") capture(naudiodon);
    else await answer({ ok: true, inputs: request.mode === "list" ? inputsOf(naudiodon) : [] });
  } catch (error) {
    await answer({ error: error instanceof Error ? error.message : String(error) });
  }
}

async function load() {
  try {
    return (await import("naudiodon")).default;
  } catch (error) {
    await answer({ missing: true, error: String(error instanceof Error ? error.message : error).split("\n")[0] });
    return undefined;
  }
}

function inputsOf({ getDevices, getHostAPIs }) {
  const { HostAPIs, defaultHostAPI } = getHostAPIs();
  const defaultInput = HostAPIs[defaultHostAPI]?.defaultInput;
  return getDevices()
    .filter((device) => device.maxInputChannels > 0)
    .map((device) => ({ ...device, isDefault: device.id === defaultInput }));
}

function capture(library) {
  const device = choose(inputsOf(library), request.device);
  input = openAtSomeRate(library, device);
  const { stream, sampleRateHz, audioChannels } = input;
  const out = new Socket({ fd: 3, readable: false, writable: true });
  out.on("error", () => end(0));
  stream.on("data", (bytes) => {
    out.write(bytes);
    if (out.writableLength > MAX_UNREAD_BYTES) end(4);
  });
  stream.on("error", () => end(5));
  stream.start();
  process.send({ ok: true, sampleRateHz, audioChannels, device: device.name });
}

function choose(inputs, wanted) {
  const known = inputs.map((device) => `"${device.name}"`).join(", ") || "none";
  if (wanted === undefined || wanted === "default") {
    const device = inputs.find((candidate) => candidate.isDefault) ?? inputs[0];
    if (!device) throw new Error("no sound input was found: connect a sound card or a microphone");
    return device;
  }
  const name = wanted.toLowerCase();
  const device =
    inputs.find((candidate) => candidate.name.toLowerCase() === name) ??
    inputs.find((candidate) => candidate.name.toLowerCase().includes(name));
  if (!device) throw new Error(`no input is called "${wanted}"; there are: ${known}`);
  return device;
}

/** Cards differ in what they can do: the wanted rate or the card's own first, then the common ones. */
function openAtSomeRate(library, device) {
  const audioChannels = Math.min(request.audioChannels ?? 2, device.maxInputChannels);
  const rates = request.sampleRateHz ? [request.sampleRateHz] : [device.defaultSampleRate, 48000, 44100];
  let failure;
  for (const sampleRateHz of rates) {
    try {
      return { stream: openStream(library, { device, sampleRateHz, audioChannels }), sampleRateHz, audioChannels };
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`"${device.name}" does not open: ${failure.message}`);
}

function openStream(library, { device, sampleRateHz, audioChannels }) {
  const blockSamples = request.blockSamples ?? 512;
  return new library.AudioIO({
    inOptions: {
      deviceId: device.id,
      sampleRate: sampleRateHz,
      channelCount: audioChannels,
      sampleFormat: FLOAT32,
      framesPerBuffer: blockSamples,
      // A read waits until this many bytes are there: more than one block would be latency.
      highwaterMark: blockSamples * audioChannels * 4,
      maxQueue: 64,
      // An overflow is not the end: the samples that are missing show in the parent's clock.
      closeOnError: false,
    },
  });
}

async function answer(message) {
  await new Promise((resolve) => process.send(message, resolve));
  await end(0);
}

async function end(code) {
  if (ending) return;
  ending = true;
  // quit() closes the device properly; with a dead server it may never return.
  if (input) await Promise.race([input.stream.quit(), sleep(400)]);
  process.exit(code);
}
