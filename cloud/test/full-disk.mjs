/** Fills a small disk with batches in a mount namespace of its own, makes room again, and prints what the history did as JSON. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KeptHistory } from "../dist/store/kept-history.js";
import { packBatch } from "../dist/store/tail.js";

const mount = join(process.argv[2], "disk");
mkdirSync(mount);
execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", mount]);
writeFileSync(join(mount, "ballast"), Buffer.alloc(2_500_000));
const file = join(mount, "history.db");
const START = 20_000 * 86_400_000_000;
const batchOf = (sequence) => ({
  deviceId: "hall.box",
  receivedAtUs: START + sequence * 60_000_000,
  batch: {
    v: 1,
    session: "s",
    sequence,
    beats: Array.from({ length: 120 }, (_, k) => ({
      beatId: `s-${sequence * 120 + k}`,
      atUs: START + (sequence * 120 + k) * 500_000,
      beatInBar: (k % 4) + 1,
      beatsPerBar: 4,
      bar: sequence * 30 + (k >> 2),
      bpm: 120 + ((k * 7) % 13) / 10,
      confidence: 0.9,
      source: "tracker",
    })),
  },
});
const history = new KeptHistory({ file });
let refusal;
let sequence = 0;
for (; sequence < 50_000 && refusal === undefined; sequence++) {
  try {
    history.append([packBatch(batchOf(sequence))]);
    history.tend(START + sequence * 60_000_000);
  } catch (error) {
    refusal = error.message;
  }
}
const storedBefore = sequence - 1;
const problemsWhileFull = history.state().problems;
const readWhileFull = history.extent("hall.box").beats;
rmSync(join(mount, "ballast"));
history.tend(Date.now() * 1000);
const problemsAfter = history.state().problems;
const [againStored] = history.append([packBatch(batchOf(storedBefore))]);
const beats = history.extent("hall.box").beats;
history.close();
const again = new KeptHistory({ file });
const report = {
  ...{ refusal, storedBefore, problemsWhileFull, problemsAfter, againStored },
  lostAfterFull: storedBefore * 120 - readWhileFull,
  integrity: again.notes().length === 0 ? "ok" : again.notes(),
  sameAfterReopen: again.extent("hall.box").beats === beats && beats === (storedBefore + 1) * 120,
};
again.close();
execFileSync("umount", [mount]);
process.stdout.write(`${JSON.stringify(report)}\n`);
