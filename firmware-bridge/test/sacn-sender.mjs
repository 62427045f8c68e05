/**
 * A process of its own that sends universes 1..N over sACN until it is killed: `sacn-sender.mjs STATE_DIR HOST N VALUE FRAMES`.
 * It sends one frame, waits for a message, sends the other frames, and says so.
 */
import { createSacnOutput, SacnConfig } from "../dist/outputs/sacn/index.js";

const [stateDir, host, count, value, frames] = process.argv.slice(2);
const universes = Array.from({ length: Number(count) }, (_, i) => i + 1);
const channels = new Uint8Array(512);
let frame = 0;
const dmx = {
  universes,
  render: () => {},
  beat: () => {},
  channels: (universe) => {
    channels.set([Number(value), universe, frame & 255, frame >> 8]);
    return channels;
  },
};
const pose = { at: 0, beatPosition: 0, beatPhase: 0, barPhase: 0, beatsPerBar: 4, bar: 1, bpm: 120, confidence: 1 };
const energy = { low: 0, mid: 0, high: 0 };

const context = { name: "sender", now: () => performance.now() / 1000, log: console, stateDir, dmx };
const config = SacnConfig.parse({ type: "sacn", hosts: [host] });
const output = createSacnOutput(config, context);
await output.start();
const send = () => {
  output.beat(undefined); // each frame leaves, whatever the rate
  output.frame({ ...pose, energy, mode: "following", level: 1 });
  frame++;
};
send();
process.once("message", () => {
  const timer = setInterval(() => {
    send();
    if (frame < Number(frames)) return;
    clearInterval(timer);
    process.send?.("sent");
  }, 10);
});
