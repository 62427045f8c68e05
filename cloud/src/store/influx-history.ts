/**
 * The history in InfluxDB 2: beats as points, their numbers and the ledger in a small SQLite file beside it. Points are written
 * before the numbers are: a batch that is sent again after a crash between the two writes the same points once more.
 */
import {
  flux,
  fluxDateTime,
  fluxExpression,
  InfluxDB,
  type Point,
  type QueryApi,
  setLogger,
} from "@influxdata/influxdb-client";
import { InputError, UnavailableError } from "@tactus/shared";
import type { Era } from "./dating.js";
import type { HistoryBooks } from "./history-books.js";
import { type HistoryRange, planHistory } from "./history-plan.js";
import {
  type BeatRow,
  beatOf,
  fluxTimeOf,
  isProvisional,
  MEASUREMENT,
  pointOf,
  provisionalOf,
} from "./influx-points.js";
import type {
  AppendOutcome,
  BeatPage,
  BeatQuery,
  DeviceBatch,
  HistoryCurve,
  HistoryExtent,
  HistoryStore,
  Spread,
  StoreState,
} from "./store.js";
import { type CallsOf, openWorkerCalls } from "./worker-calls.js";

export interface InfluxHistoryOptions {
  url: string;
  org: string;
  bucket: string;
  token: string;
  /** history-books.db. */
  booksFile: string;
  /** The books are lost: nothing can be stored from then on. */
  onLost(error: Error): void;
}

/** What is added up of one field in one bucket. */
interface CurveRow {
  _start: string;
  _field: "bpm" | "confidence";
  dated: string;
  n: number;
  min: number;
  max: number;
  sum: number;
}

const TIMEOUT_MS = 20_000;

export class InfluxHistory implements HistoryStore {
  readonly #options: InfluxHistoryOptions;
  readonly #client: InfluxDB;
  readonly #queries: QueryApi;
  readonly #books: CallsOf<{ books: HistoryBooks }>["books"];
  readonly #closeBooks: () => Promise<void>;
  readonly #counts = { pointsWritten: 0, writesFailed: 0, redatedBeats: 0 };
  #problem: string | undefined;

  private constructor(options: InfluxHistoryOptions, books: Awaited<ReturnType<typeof openBooks>>) {
    this.#options = options;
    this.#client = new InfluxDB({ url: options.url, token: options.token, timeout: TIMEOUT_MS });
    this.#queries = this.#client.getQueryApi(options.org);
    this.#books = books.calls.books;
    this.#closeBooks = books.close;
  }

  /** InfluxDB itself may be down: batches are refused then. Throws UnavailableError when the books cannot be opened. */
  static async open(options: InfluxHistoryOptions): Promise<InfluxHistory> {
    setLogger({ error() {}, warn() {} }); // every failure is thrown as well, and counted here
    return new InfluxHistory(options, await openBooks(options));
  }

  async append(batches: DeviceBatch[]): Promise<AppendOutcome[]> {
    const plans = await this.#books.plan(batches);
    const points = batches.flatMap(({ deviceId, batch }, index) => {
      const era = plans[index]?.era;
      return era ? batch.beats.map((beat) => pointOf(beat, { deviceId, session: batch.session, era })) : [];
    });
    await this.#write(points);
    for (const [index, { deviceId, batch }] of batches.entries()) {
      for (const era of plans[index]?.settled ?? []) await this.#redate(deviceId, batch.session, era);
    }
    await this.#books.commit(batches);
    return plans.map(({ isDuplicate }) => (isDuplicate ? "duplicate" : "stored"));
  }

  async history(deviceId: string, range: HistoryRange): Promise<HistoryCurve> {
    const { tierS: _, ...plan } = planHistory(range);
    const rows = await this.#ask<CurveRow>(flux`${fluxExpression(this.#from(deviceId, plan))}
      |> filter(fn: (r) => r._field == "bpm" or r._field == "confidence")
      |> group(columns: ["_field", "dated"])
      |> window(every: ${fluxExpression(`${plan.bucketUs}us`)})
      |> reduce(identity: {n: 0, min: 1000000.0, max: -1.0, sum: 0.0}, fn: (r, accumulator) => ({
           n: accumulator.n + 1, sum: accumulator.sum + r._value,
           min: if r._value < accumulator.min then r._value else accumulator.min,
           max: if r._value > accumulator.max then r._value else accumulator.max}))`);
    return { ...plan, ...curveOf(rows) };
  }

  async beats(deviceId: string, { skip, limit, ...range }: BeatQuery): Promise<BeatPage> {
    const rows = await this.#ask<BeatRow>(flux`${fluxExpression(this.#from(deviceId, range))}
      |> pivot(rowKey: ["_time", "session", "dated"], columnKey: ["_field"], valueColumn: "_value")
      |> group() |> sort(columns: ["_time"]) |> limit(n: ${limit + 1}, offset: ${skip})`);
    return { beats: rows.slice(0, limit).map(beatOf), hasMore: rows.length > limit };
  }

  async extent(deviceId: string): Promise<HistoryExtent> {
    const beats = await this.#books.beats(deviceId);
    if (beats === 0) return { beats, firstUs: 0, lastUs: 0 };
    const ever = this.#from(deviceId, { fromUs: 0, toUs: 7_258_118_400_000_000 });
    const ends =
      await this.#ask<BeatRow>(flux`beats = ${fluxExpression(ever)} |> filter(fn: (r) => r._field == "bpm") |> group()
      union(tables: [beats |> min(column: "_time"), beats |> max(column: "_time")])`);
    const times = ends.map(({ _time }) => beatOf({ _time } as BeatRow).atUs);
    if (times.length === 0) return { beats, firstUs: 0, lastUs: 0 };
    return { beats, firstUs: Math.min(...times), lastUs: Math.max(...times) };
  }

  ledger: HistoryStore["ledger"] = (deviceId, range) => this.#books.ledger(deviceId, range);

  async state(): Promise<StoreState> {
    return { problems: this.#problem === undefined ? [] : [this.#problem], counts: { ...this.#counts }, gauges: {} };
  }

  async close(): Promise<void> {
    await this.#closeBooks();
  }

  #from(deviceId: string, { fromUs, toUs }: { fromUs: number; toUs: number }): string {
    const at = (us: number) => fluxDateTime(fluxTimeOf(us)).toString();
    return flux`from(bucket: ${this.#options.bucket}) |> range(start: ${fluxExpression(at(fromUs))}, stop: ${fluxExpression(at(toUs))})
      |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and r.device == ${deviceId})`.toString();
  }

  /**
   * One unit, awaited: the client's own batches are neither awaited nor retried once it is closed, so that none of them may ever be
   * sent by itself.
   */
  async #write(points: readonly Point[]): Promise<void> {
    if (points.length === 0) return;
    const { org, bucket } = this.#options;
    const api = this.#client.getWriteApi(org, bucket, "us", {
      batchSize: points.length + 1,
      maxBatchBytes: Number.MAX_SAFE_INTEGER,
      flushInterval: 0,
      maxRetries: 0,
    });
    try {
      api.writePoints([...points]);
      await api.flush();
      this.#counts.pointsWritten += points.length;
      this.#problem = undefined;
    } catch (cause) {
      this.#counts.writesFailed++;
      throw this.#unavailable(cause);
    } finally {
      api.dispose();
    }
  }

  /** The same points at their true dates, then the provisional ones away. Done again it changes nothing. */
  async #redate(deviceId: string, session: string, era: Era): Promise<void> {
    const ever = this.#from(deviceId, { fromUs: 0, toUs: 7_258_118_400_000_000 });
    const rows = await this.#ask<BeatRow>(flux`${fluxExpression(ever)}
      |> filter(fn: (r) => r.session == ${session} and r.dated == ${provisionalOf(era.era)})
      |> pivot(rowKey: ["_time", "session", "dated"], columnKey: ["_field"], valueColumn: "_value") |> group()`);
    const beats = rows.map(beatOf);
    await this.#write(beats.map((beat) => pointOf(beat, { deviceId, session, era })));
    const times = beats.map(({ atUs }) => atUs);
    if (times.length === 0) return;
    const [start, stop] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b)) + 1];
    await this.#delete({
      start,
      stop,
      predicate: `device="${deviceId}" AND session="${session}" AND dated="${provisionalOf(era.era)}"`,
    });
    this.#counts.redatedBeats += beats.length;
  }

  async #delete({ start, stop, predicate }: { start: number; stop: number; predicate: string }): Promise<void> {
    const { url, org, bucket, token } = this.#options;
    const query = new URLSearchParams({ org, bucket });
    const response = await fetch(`${url}/api/v2/delete?${query}`, {
      method: "POST",
      headers: { authorization: `Token ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ start: fluxTimeOf(start), stop: fluxTimeOf(stop), predicate }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw this.#unavailable(new Error(`delete: ${response.status}`));
  }

  async #ask<Row>(query: ReturnType<typeof flux>): Promise<Row[]> {
    try {
      return await this.#queries.collectRows<Row>(query);
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      throw this.#unavailable(cause);
    }
  }

  #unavailable(cause: unknown): UnavailableError {
    this.#problem = `InfluxDB at ${this.#options.url} does not take or give history: ${(cause as Error).message}`;
    return new UnavailableError(this.#problem, { cause });
  }
}

const openBooks = ({ booksFile, onLost }: InfluxHistoryOptions) =>
  openWorkerCalls<{ books: HistoryBooks }>({
    module: new URL("./books-worker.js", import.meta.url),
    workerData: { file: booksFile },
    onLost,
  });

function curveOf(rows: readonly CurveRow[]): Pick<HistoryCurve, "beats" | "points" | "dates"> {
  const buckets = new Map<number, Partial<Record<CurveRow["_field"], CurveRow>>>();
  for (const row of rows) {
    const atUs = Date.parse(row._start) * 1000;
    const bucket = buckets.get(atUs) ?? {};
    const known = bucket[row._field];
    bucket[row._field] = known ? sumOf(known, row) : row;
    buckets.set(atUs, bucket);
  }
  const spread = ({ min, max, sum, n }: CurveRow): Spread => ({ min, mean: sum / n, max });
  const points = [...buckets]
    .sort(([a], [b]) => a - b)
    .flatMap(([atUs, { bpm, confidence }]) =>
      bpm && confidence ? [{ atUs, beats: bpm.n, bpm: spread(bpm), confidence: spread(confidence) }] : [],
    );
  const provisional = rows.some(({ dated }) => isProvisional(dated));
  return { beats: points.reduce((sum, { beats }) => sum + beats, 0), points, dates: { provisional, uncertaintyUs: 0 } };
}

const sumOf = (one: CurveRow, other: CurveRow): CurveRow => ({
  ...one,
  n: one.n + other.n,
  sum: one.sum + other.sum,
  min: Math.min(one.min, other.min),
  max: Math.max(one.max, other.max),
});
