import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BeatPrediction, decodeHistory, type HistoryBatch } from "@tactus/shared";
import Database from "better-sqlite3";
import fc from "fast-check";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { markFileOf, markFolder, markLine } from "../beat-mark.js";
import { HistorySender } from "./history-sender.js";

const log = pino({ level: "silent" });
const ADDRESS = { venue: "club", device: "booth" };
const START_MS = Date.parse("2026-03-01T23:59:40Z");
/** Longer than a box announces ahead: an agent is often killed while beats are still to fall. */
const LEAD_MS = 600;

/** A box whose hearing and agent are killed in any order, with the real outbox and real marks on a real disk. */
class Box {
  readonly folder = mkdtempSync(join(tmpdir(), "tactus-accounts-"));
  /** Every beat that hearing has announced, and those it took back while an agent heard it. */
  readonly announced = new Set<string>();
  readonly #stored = new Map<string, HistoryBatch>();
  #agent: HistorySender | undefined;
  #isUp = false;
  #lives = 0;
  #hearing = "";
  #markFile = "";
  #number = 0;

  constructor() {
    mkdirSync(markFolder(this.folder));
    this.startHearing();
  }

  startHearing(): void {
    this.#hearing = `h${++this.#lives}`;
    this.#markFile = join(markFolder(this.folder), markFileOf(this.#hearing, this.#lives));
    this.#number = 0;
    writeFileSync(this.#markFile, "");
  }

  announce(): void {
    const number = this.#number++;
    const beatId = `${this.#hearing}-${number}`;
    const dueAtUs = (Date.now() + LEAD_MS) * 1000;
    this.announced.add(beatId);
    // Hearing has the file open: when it is removed, nobody sees any more what is written there.
    if (existsSync(this.#markFile))
      writeFileSync(this.#markFile, markLine({ name: this.#hearing, number, atUs: dueAtUs }));
    const prediction: BeatPrediction = {
      ...{ v: 1, beatId, rev: 0, state: "announced", dueAtUs, dueInMs: LEAD_MS, beatInBar: 1, beatsPerBar: 4 },
      ...{ bar: 1, bpm: 120, confidence: 0.9, uncertaintyMs: 5, source: "tracker" },
      energy: { low: 0, mid: 0, high: 0 },
    };
    this.#agent?.hear(Buffer.from(JSON.stringify(prediction)));
  }

  /** Announced, and the message lost on its way to the agent. */
  announceUnheard(): void {
    const agent = this.#agent;
    this.#agent = undefined;
    this.announce();
    this.#agent = agent;
  }

  startAgent(): void {
    if (this.#agent) return;
    this.#agent = new HistorySender({
      address: ADDRESS,
      session: `agent${++this.#lives}`,
      folder: this.folder,
      maxBytes: 2 ** 24,
      cloud: { isUp: true, send: (_topic, payload) => this.#toCloud(payload as Buffer) },
      clock: { monotonic: () => (Date.now() - START_MS) / 1000 + 1000, epochUs: () => Date.now() * 1000 },
      readClock: () => ({ offsetUs: 0, uncertaintyUs: 0, synchronised: true }),
      log,
    });
    this.#agent.start();
    this.#agent.linkUp();
  }

  killAgent(): void {
    vi.clearAllTimers();
    this.#agent = undefined;
  }

  /** It is killed when it has counted by the marks and before it has removed them. */
  killAgentWhileSettling(): void {
    const marks = readdirSync(markFolder(this.folder)).map((name) => join(markFolder(this.folder), name));
    const before = new Map(marks.map((file) => [file, readFileSync(file)]));
    vi.advanceTimersByTime(800);
    this.killAgent();
    before.delete(this.#markFile);
    for (const [file, content] of before) if (!existsSync(file)) writeFileSync(file, content);
  }

  cutLine(isUp: boolean): void {
    this.#isUp = isUp;
    if (isUp) this.#agent?.linkUp();
  }

  /** What is in the cloud, each batch once, and what waits on the box. */
  sums() {
    const batches = [...this.#stored.values(), ...this.#waiting()];
    const ids = batches.flatMap(({ beats }) => beats.map(({ beatId }) => beatId));
    const of = (key: "lost" | "unaccounted") => batches.reduce((sum, { ledger }) => sum + (ledger?.[key] ?? 0), 0);
    return { ids, lost: of("lost"), unaccounted: of("unaccounted"), produced: this.#produced(batches) };
  }

  #waiting(): HistoryBatch[] {
    const db = new Database(join(this.folder, "outbox.db"), { readonly: true });
    const rows = db.prepare("SELECT payload FROM waiting").all() as { payload: Uint8Array }[];
    db.close();
    return rows
      .map(({ payload }) => decodeHistory(payload))
      .filter(({ session, sequence }) => !this.#stored.has(`${session} ${sequence}`));
  }

  /** As each session of the agent says itself, day by day. */
  #produced(batches: readonly HistoryBatch[]): number {
    const most = new Map<string, number>();
    for (const { session, ledger } of batches) {
      const key = `${session} ${ledger?.day}`;
      most.set(key, Math.max(most.get(key) ?? 0, ledger?.produced ?? 0));
    }
    return [...most.values()].reduce((sum, one) => sum + one, 0);
  }

  /** Every third batch is refused, every fifth acknowledgement is lost. */
  #toCloud(packed: Buffer): boolean {
    if (!this.#isUp) return false;
    const batch = decodeHistory(packed);
    const key = `${batch.session} ${batch.sequence}`;
    const isRefused = !this.#stored.has(key) && batch.beats.length > 0 && batch.sequence % 3 === 2;
    if (!isRefused) this.#stored.set(key, this.#stored.get(key) ?? batch);
    if (this.#stored.size % 5 === 4) return true;
    const { session, sequence } = batch;
    const ack = { v: 1, session, sequence, ...(isRefused ? { refused: "test" } : {}) };
    const agent = this.#agent;
    setTimeout(() => agent === this.#agent && agent?.acknowledge(Buffer.from(JSON.stringify(ack))), 1);
    return true;
  }
}

const STEPS: Record<string, (box: Box) => void> = {
  announce: (box) => box.announce(),
  announceUnheard: (box) => box.announceUnheard(),
  startHearing: (box) => box.startHearing(),
  startAgent: (box) => box.startAgent(),
  killAgent: (box) => box.killAgent(),
  killAgentAfterCommit: (box) => {
    vi.advanceTimersByTime(800);
    box.killAgent();
  },
  killAgentWhileSettling: (box) => box.killAgentWhileSettling(),
  moment: () => vi.advanceTimersByTime(90),
  while: () => vi.advanceTimersByTime(900),
  long: () => vi.advanceTimersByTime(5000),
  cut: (box) => box.cutLine(false),
  heal: (box) => box.cutLine(true),
};

const KILLS = ["killAgent", "killAgentAfterCommit", "killAgentWhileSettling"];

beforeEach(() => void vi.useFakeTimers({ now: START_MS }));
afterEach(() => void vi.useRealTimers());

test("whatever dies in whatever order, produced = received + lost + unaccounted + waiting, to the beat", () => {
  const step = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom("announce", "announce", "announce", "announceUnheard") },
    { weight: 6, arbitrary: fc.constantFrom("startAgent", "moment", "while") },
    { weight: 5, arbitrary: fc.constantFrom("startHearing", "startAgent", ...KILLS) },
    { weight: 1, arbitrary: fc.constantFrom("cut", "heal", "long") },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 120 }), (steps) => {
      vi.setSystemTime(START_MS);
      const box = new Box();
      try {
        for (const name of steps) STEPS[name]?.(box);
        box.startAgent();
        vi.advanceTimersByTime(2000);
        box.announce();
        vi.advanceTimersByTime(2000);
        box.killAgent();

        const { ids, lost, unaccounted, produced } = box.sums();
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.filter((id) => !box.announced.has(id))).toEqual([]);
        expect(ids.length + lost + unaccounted).toBe(box.announced.size);
        expect(produced).toBe(box.announced.size);
      } finally {
        box.killAgent();
        rmSync(box.folder, { recursive: true });
      }
    }),
    { numRuns: Number(process.env.ACCOUNT_RUNS ?? 60) },
  );
}, 120_000);

test("the mark of an agent of an older version is counted once, and removed", () => {
  const box = new Box();
  const old = join(box.folder, "newest-beat");
  writeFileSync(old, "z 11 1772409600000000".padEnd(159).concat("\n"));

  box.startAgent();
  vi.advanceTimersByTime(1000);
  box.killAgent();
  box.startAgent();
  vi.advanceTimersByTime(1000);
  box.killAgent();

  expect(box.sums()).toMatchObject({ ids: [], unaccounted: 12, produced: 12 });
  expect(existsSync(old)).toBe(false);
  rmSync(box.folder, { recursive: true });
});
