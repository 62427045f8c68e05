/** What hearing reports of itself into a verdict on the model that is on probation. Pure. */
import type { TelemetryMessage } from "@tactus/shared";

/** A box may be busy for a moment: so many reports in a row, of ten seconds each, must be bad. */
const BAD_REPORTS = 3;
/** Late hops, of all hops, up to which nothing is said, whatever it was before. */
const LATE_SHARE = 0.02;
/** 99th percentile of a hop's processing, milliseconds; a hop lasts 20. */
const HOP_P99_MS = 20;
/** The candidate may be this much worse than the model before it on the same box. */
const WORSE = 1.5;
/** Music of this length without a beat is a deaf model, seconds. */
const DEAF_S = 60;

/** Processor time above which a model is dear where nothing is known of the one before: share of a core. */
const DEAR_CPU = 0.8;

interface Load {
  lateShare: number;
  p99Ms: number;
  /** Share of a core. */
  cpu: number;
}

export class ProbationWatch {
  /** Of the model before, on this box. */
  #before: Load = { lateShare: 0, p99Ms: 0, cpu: 0 };
  #counts = { session: "", hops: 0, lateHops: 0 };
  #badReports = 0;
  #deafS = 0;
  #isOn = false;

  /** From now on the reports are those of the candidate. */
  begin(): void {
    this.#isOn = true;
    this.#badReports = 0;
    this.#deafS = 0;
  }

  end(): void {
    this.#isOn = false;
  }

  /** Why the candidate must go, or undefined while there is no reason. */
  hear(telemetry: TelemetryMessage): string | undefined {
    const load = this.#load(telemetry);
    if (this.#isOn) return (load && this.#tooSlow(load)) ?? this.#deaf(telemetry);
    if (load) this.#before = mixed(this.#before, load);
    return undefined;
  }

  /** Since the report before; undefined for the first of a process, which holds its start. */
  #load({ session, hops, lateHops, latency, cpu }: TelemetryMessage): Load | undefined {
    const before = this.#counts;
    this.#counts = { session, hops, lateHops };
    if (before.session !== session || hops <= before.hops) return undefined;
    return { lateShare: (lateHops - before.lateHops) / (hops - before.hops), p99Ms: latency.hop.p99, cpu };
  }

  /** Late, and dearer than the model before: a box that is busy with something else is late as well, and no model is to blame. */
  #tooSlow({ lateShare, p99Ms, cpu }: Load): string | undefined {
    const isDear = this.#before.cpu > 0 ? cpu > WORSE * this.#before.cpu : cpu > DEAR_CPU;
    const isLate = lateShare > Math.max(LATE_SHARE, WORSE * this.#before.lateShare);
    const isSlow = p99Ms > Math.max(HOP_P99_MS, WORSE * this.#before.p99Ms);
    this.#badReports = isDear && (isLate || isSlow) ? this.#badReports + 1 : 0;
    if (this.#badReports < BAD_REPORTS) return undefined;
    const late = `${(100 * lateShare).toFixed(1)} % of the hops were late`;
    const cost = `${(100 * cpu).toFixed(1)} % of a core, before it ${(100 * this.#before.cpu).toFixed(1)} %`;
    return `Too slow for this box: ${late}, p99 of a hop ${p99Ms.toFixed(1)} ms, ${cost}`;
  }

  #deaf({ health }: TelemetryMessage): string | undefined {
    if (!health) return undefined;
    if (health.beats > 0) this.#deafS = 0;
    else this.#deafS += health.musicS;
    return this.#deafS >= DEAF_S ? `No beat in ${Math.round(this.#deafS)} s of music` : undefined;
  }
}

/** A slow mean: some minutes. */
function mixed(before: Load, now: Load): Load {
  const mix = (a: number, b: number) => a + (b - a) / 20;
  return {
    lateShare: mix(before.lateShare, now.lateShare),
    p99Ms: mix(before.p99Ms || now.p99Ms, now.p99Ms),
    cpu: mix(before.cpu || now.cpu, now.cpu),
  };
}
