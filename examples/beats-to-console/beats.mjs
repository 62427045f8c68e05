// Prints every beat at the moment it falls. Start `npm start` in another terminal first.
import mqtt from "mqtt";

const client = mqtt.connect(process.argv[2] ?? "mqtt://127.0.0.1:1883", { protocolVersion: 4 });
const timers = new Map();
client.on("connect", () => console.log("Connected: waiting for beats"));
client.on("error", (error) => console.error(`No connection: ${error.message || error.code}`));
client.subscribe("tactus/v1/+/+/beat");
client.on("message", (_topic, payload) => {
  const beat = JSON.parse(payload);
  clearTimeout(timers.get(beat.beatId)); // a revision or a withdrawal of a beat announced before
  timers.delete(beat.beatId);
  if (beat.state === "withdrawn") return;
  timers.set(beat.beatId, setTimeout(fall, beat.dueInMs, beat));
});

function fall(beat) {
  timers.delete(beat.beatId);
  const place = beat.beatInBar === 0 ? "?" : beat.beatInBar;
  console.log(`${beat.beatInBar === 1 ? "ONE" : " · "}  ${place}/${beat.beatsPerBar}  ${beat.bpm.toFixed(1)} BPM`);
}
