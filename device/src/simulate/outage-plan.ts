/** Time into what is broken just then: a device, the line of a venue, the link of the whole fleet. Pure, and the same in every process. */
import { Random } from "./random.js";

/** `cut`: the connection ends. `hang`: it stays and carries nothing. `restart`: the box begins a new session. */
export type OutageKind = "cut" | "hang" | "restart";

export interface Outage {
  kind: OutageKind;
  /** Which one it is: the same name is the same outage. */
  name: string;
  /** Seconds since the fleet was started. */
  untilS: number;
}

/** How often, and how long. */
export interface OutageSettings {
  /** Outages of each single device per hour. */
  devicePerHour: number;
  /** Outages of each venue's line per hour. */
  venuePerHour: number;
  /** Outages of everything at once per hour. */
  linkPerHour: number;
  /** Mean duration, seconds. */
  meanS: number;
}

export const OUTAGES = {
  none: { devicePerHour: 0, venuePerHour: 0, linkPerHour: 0, meanS: 0 },
  some: { devicePerHour: 2, venuePerHour: 1, linkPerHour: 0.5, meanS: 30 },
  many: { devicePerHour: 30, venuePerHour: 10, linkPerHour: 6, meanS: 15 },
} as const satisfies Record<string, OutageSettings>;
export type OutageLevel = keyof typeof OUTAGES;

/** In each slot of time something breaks once at most. */
const SLOT_S = 60;

export class OutagePlan {
  readonly #seed: string;
  readonly #settings: OutageSettings;

  constructor(options: { seed: string; settings: OutageSettings }) {
    this.#seed = options.seed;
    this.#settings = options.settings;
  }

  /** The outage that `device` of `venue` suffers at `atS` seconds since the start; undefined = all is well. */
  at(atS: number, { venue, device }: { venue: string; device: string }): Outage | undefined {
    const { devicePerHour, venuePerHour, linkPerHour } = this.#settings;
    return (
      this.#of("link", linkPerHour, atS) ??
      this.#of(`venue ${venue}`, venuePerHour, atS) ??
      this.#of(`device ${venue}.${device}`, devicePerHour, atS)
    );
  }

  #of(what: string, perHour: number, atS: number): Outage | undefined {
    if (perHour <= 0) return undefined;
    // One that began in the slot before may last into this one.
    for (const slot of [Math.floor(atS / SLOT_S), Math.floor(atS / SLOT_S) - 1]) {
      const outage = slot < 0 ? undefined : this.#inSlot(what, perHour, slot);
      if (outage && atS >= outage.fromS && atS < outage.untilS) return outage;
    }
    return undefined;
  }

  #inSlot(what: string, perHour: number, slot: number): (Outage & { fromS: number }) | undefined {
    const name = `${what} ${slot}`;
    const random = new Random(`${this.#seed} ${name}`);
    if (!random.chance((perHour * SLOT_S) / 3600)) return undefined;
    const fromS = (slot + random.next()) * SLOT_S;
    const lasts = Math.min(SLOT_S, -Math.log(1 - random.next()) * this.#settings.meanS + 1);
    return { kind: kindOf(what, random.next()), name, fromS, untilS: fromS + lasts };
  }
}

/** Only a single box is started again; lines are cut, and one in four hangs. */
function kindOf(what: string, drawn: number): OutageKind {
  if (what.startsWith("device ") && drawn < 0.4) return "restart";
  return drawn > 0.75 ? "hang" : "cut";
}
