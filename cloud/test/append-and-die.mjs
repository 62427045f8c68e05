/** Appends batches as fast as it can and says which are safe: `<first> <last>` a line. To be killed at any time. */
import { KeptHistory } from "../dist/store/kept-history.js";
import { packBatch } from "../dist/store/tail.js";

const [file, from, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const START = 20_000 * 86_400_000_000;
const history = new KeptHistory({ file });
for (let sequence = from; ; sequence += 4) {
  const group = [];
  for (let k = 0; k < 4; k++) {
    const number = sequence + k;
    const firstUs = START + number * 4_000_000;
    const beats = Array.from({ length: 8 }, (_, beat) => ({
      ...{
        beatId: `h-${number * 8 + beat}`,
        atUs: firstUs + beat * 500_000,
        beatInBar: 1,
        beatsPerBar: 4,
        bar: number,
      },
      ...{ bpm: 120, confidence: 0.9, source: "tracker" },
    }));
    // Every other session is one that learns late what time it is.
    const isLost = Math.floor(number / 200) % 2 === 1 && number % 200 < 150;
    const clock = {
      monotonicUs: number * 4_000_000,
      offsetUs: 0,
      uncertaintyUs: isLost ? 0 : 500,
      synchronised: !isLost,
    };
    const batch = { v: 1, session: `s${Math.floor(number / 200)}`, sequence: number % 200, beats, clock };
    group.push(packBatch({ deviceId: "hall.box", receivedAtUs: firstUs, batch }));
  }
  history.append(group);
  if ((sequence / 4) % (7 + seed) === 0) history.tend(START + sequence * 4_000_000);
  process.stdout.write(`${sequence + 3}\n`);
}
