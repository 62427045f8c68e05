/** A process full of simulated devices: each is looked after in turn, about once a second. */
import { FleetCounts, type FleetReport } from "./fleet-counts.js";
import type { FleetOrder, FromFleet, ToFleet } from "./fleet-order.js";
import { QualityTable } from "./model-quality.js";
import { OutagePlan } from "./outage-plan.js";
import { Random } from "./random.js";
import { SimulatedDevice } from "./simulated-device.js";

/** Each device's turn comes once in so many slices of time. */
const SLICES = 40;
const SLICE_MS = 20;
const REPORT_MS = 1000;
/** Most of the wrong dates are some seconds off, some by half a year: a box without a battery. */
const CLOCK_ERROR_US = { small: 20_000_000, large: -180 * 86_400_000_000 };

class FleetProcess {
  readonly #order: FleetOrder;
  readonly #tell: (message: FromFleet) => void;
  readonly #counts = new FleetCounts();
  readonly #plan: OutagePlan;
  readonly #devices: SimulatedDevice[];
  readonly #timers: NodeJS.Timeout[] = [];
  #slice = 0;
  #beganS = 0;
  #isOver = false;
  #cpu = process.cpuUsage();
  #reportedS = 0;

  constructor(order: FleetOrder, tell: (message: FromFleet) => void) {
    this.#order = order;
    this.#tell = tell;
    this.#plan = new OutagePlan({ seed: order.seed, settings: order.outages });
    const quality = new QualityTable(order.quality);
    this.#devices = order.devices.map(({ venue, device, username, password }) => {
      const seed = `${order.seed} ${venue}.${device}`;
      const { target, sessionNumber, bpm, hours, fromUs, model, gridEveryS } = order;
      const isSilent = !new Random(`${seed} playing`).chance(order.playing);
      const room = { fromUs, bpm, hours, isSilent };
      const who = { address: { venue, device }, username, password, seed, sessionNumber };
      const clockErrorUs = clockErrorOf(new Random(`${seed} clock`), order.clockErrors);
      return new SimulatedDevice({
        ...who,
        target,
        room,
        model,
        quality,
        clockErrorUs,
        gridEveryS,
        counts: this.#counts,
      });
    });
  }

  start(): void {
    const nowS = performance.now() / 1000;
    this.#beganS = this.#reportedS = nowS;
    const random = new Random(`${this.#order.seed} ramp`);
    for (const device of this.#devices)
      device.start(nowS, nowS + random.next() * this.#order.rampS, this.#order.fromUs);
    this.#timers.push(setInterval(() => this.#turn(), SLICE_MS));
    this.#timers.push(setInterval(() => this.#tell({ kind: "report", report: this.#report() }), REPORT_MS));
  }

  cut(): void {
    for (const device of this.#devices) device.cut();
  }

  endMusic(): void {
    this.#isOver = true;
    for (const device of this.#devices) device.endMusic();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#devices.map((device) => device.stop()));
    this.#tell({ kind: "report", report: this.#report() });
    this.#tell({ kind: "stopped" });
  }

  #turn(): void {
    const nowS = performance.now() / 1000;
    const roomUs = this.#roomUs(nowS);
    this.#slice = (this.#slice + 1) % SLICES;
    for (let index = this.#slice; index < this.#devices.length; index += SLICES) {
      const [device, where] = [this.#devices[index], this.#order.devices[index]];
      if (!device || !where) continue;
      if (this.#isOver) device.drain(nowS);
      else device.tick(nowS, roomUs, this.#plan.at(nowS - this.#beganS, where));
    }
  }

  /** The right date in the rooms. */
  #roomUs(nowS: number): number {
    const trueUs = Math.round((performance.timeOrigin + performance.now()) * 1000);
    const { fromUs, rate } = this.#order;
    return Math.min(trueUs, fromUs + Math.round((nowS - this.#beganS) * 1e6 * rate));
  }

  #report(): FleetReport {
    const account = { produced: 0, acknowledged: 0, refused: 0, unaccounted: 0, waiting: 0 };
    let waitingBatches = 0;
    for (const device of this.#devices) {
      const one = device.account;
      for (const name of Object.keys(account) as (keyof typeof account)[]) account[name] += one[name];
      waitingBatches += device.waitingBatches;
    }
    const nowS = performance.now() / 1000;
    const used = process.cpuUsage(this.#cpu);
    const cpu = (used.user + used.system) / 1e6 / Math.max(0.001, nowS - this.#reportedS);
    this.#cpu = process.cpuUsage();
    this.#reportedS = nowS;
    const residentMb = process.memoryUsage.rss() / 2 ** 20;
    return { devices: this.#devices.length, ...this.#counts.take(), account, waitingBatches, cpu, residentMb };
  }
}

function clockErrorOf(random: Random, share: number): number {
  if (!random.chance(share)) return 0;
  const { small, large } = CLOCK_ERROR_US;
  return Math.round(random.chance(0.8) ? random.between(-small, small) : large * random.next());
}

let fleet: FleetProcess | undefined;
const tell = (message: FromFleet) => void (process.connected && process.send?.(message));

process.on("message", (message: ToFleet) => {
  if (message.kind === "start") {
    fleet = new FleetProcess(message.order, tell);
    fleet.start();
  } else if (message.kind === "cut") {
    fleet?.cut();
  } else if (message.kind === "end-music") {
    fleet?.endMusic();
  } else {
    fleet?.stop().then(
      () => process.disconnect(),
      () => process.exit(1),
    );
  }
});
// The parent was killed, or ends in its own way: it decides, not the terminal's Ctrl-C.
process.on("disconnect", () => process.exit());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
