/** What each receiver wants to be told, as data. */
import type { OscMessage } from "./osc-config.js";

export interface OscPreset {
  port: number;
  transport: "udp" | "tcp";
  /** Whether the receiver understands bundles at all. */
  bundles: boolean;
  /** Fills `{name}`; a message with a name that nobody fills is left out. */
  values: Readonly<Record<string, string | number>>;
  messages: readonly OscMessage[];
  /** Asked every few seconds; a receiver that answers is there. */
  ping?: string;
  /** What to look at when it does not answer. */
  remedy?: string;
}

/** Addresses in the manner of rkbx_link, for software that already listens to it. */
const generic: OscPreset = {
  port: 4460,
  transport: "udp",
  bundles: true,
  values: {},
  messages: [
    { when: "tempo", address: "/master/bpm/current", args: [{ float: "bpm" }] },
    { when: "beat", address: "/master/beat/trigger/1", args: [1], release: [0] },
    { when: "bar", address: "/master/beat/trigger/4", args: [1], release: [0] },
    { when: "phrase", address: "/master/phrase/trigger", args: [1], release: [0] },
    { when: "frame", address: "/master/beat/subdiv/1", args: [{ float: "beatPhase" }] },
    { when: "frame", address: "/master/beat/subdiv/4", args: [{ float: "barRamp" }] },
    { when: "mode", address: "/master/mode", args: ["{mode}"] },
    { when: "confidence", address: "/master/confidence", args: [{ float: "confidence" }] },
  ],
};

/** Its tempo is a float over 20 to 500 beats per minute. */
const resolume: OscPreset = {
  port: 7000,
  transport: "udp",
  bundles: true,
  values: {},
  messages: [
    { when: "tempo", address: "/composition/tempocontroller/tempo", args: [{ float: "bpm", range: [20, 500] }] },
    { when: "bar", address: "/composition/tempocontroller/resync", args: [{ int: 1 }] },
  ],
};

/** For versions whose tempo range differs: taps need no range. */
const resolumeTap: OscPreset = {
  ...resolume,
  messages: [
    { when: "beat", address: "/composition/tempocontroller/tempotap", args: [{ int: 1 }] },
    { when: "phrase", address: "/composition/tempocontroller/resync", args: [{ int: 1 }] },
  ],
};

/** Plain messages only: bundles are not supported (grandMA3 manual, Remote In and Out, OSC). */
const grandma3: OscPreset = {
  port: 8000,
  transport: "udp",
  bundles: false,
  values: { speedMaster: "3.1", page: 1 },
  messages: [
    { when: "tempo", address: "/cmd", args: ["Master {speedMaster} At BPM {bpm:2}"] },
    { when: "beat", address: "/Page{page}/Key{beatKey}", args: [{ int: 1 }], release: [{ int: 0 }] },
    { when: "bar", address: "/Page{page}/Key{barKey}", args: [{ int: 1 }], release: [{ int: 0 }] },
    { when: "phrase", address: "/Page{page}/Key{phraseKey}", args: [{ int: 1 }], release: [{ int: 0 }] },
  ],
};

/** One channel per address in an OSC In CHOP: numbers only. */
const touchdesigner: OscPreset = {
  port: 10000,
  transport: "udp",
  bundles: true,
  values: {},
  messages: [
    { when: "tempo", address: "/tactus/bpm", args: [{ float: "bpm" }] },
    { when: "beat", address: "/tactus/beat", args: [1], release: [0] },
    { when: "beat", address: "/tactus/beatInBar", args: [{ float: "beatInBar" }] },
    { when: "bar", address: "/tactus/bar", args: [1], release: [0] },
    { when: "phrase", address: "/tactus/phrase", args: [1], release: [0] },
    { when: "frame", address: "/tactus/beatPhase", args: [{ float: "beatPhase" }] },
    { when: "frame", address: "/tactus/barPhase", args: [{ float: "barPhase" }] },
    { when: "frame", address: "/tactus/level", args: [{ float: "level" }] },
    { when: "frame", address: "/tactus/low", args: [{ float: "low" }] },
    { when: "frame", address: "/tactus/mid", args: [{ float: "mid" }] },
    { when: "frame", address: "/tactus/high", args: [{ float: "high" }] },
    { when: "mode", address: "/tactus/active", args: [{ float: "active" }] },
    { when: "confidence", address: "/tactus/confidence", args: [{ float: "confidence" }] },
  ],
};

/** Beats count from 1, and its tempo clock must be set to OSC. */
const chromatik: OscPreset = {
  port: 3030,
  transport: "udp",
  bundles: true,
  values: {},
  messages: [
    { when: "tempo", address: "/lx/tempo/setBPM", args: [{ float: "bpm" }] },
    { when: "beat", address: "/lx/tempo/beat-within-bar", args: [{ int: "count" }] },
  ],
};

/** Macros fire on beats; which ones, the operator says. */
const eos: OscPreset = {
  port: 3032,
  transport: "tcp",
  bundles: false,
  values: {},
  messages: [
    { when: "beat", address: "/eos/macro/{beatMacro}/fire", args: [] },
    { when: "bar", address: "/eos/macro/{barMacro}/fire", args: [] },
    { when: "phrase", address: "/eos/macro/{phraseMacro}/fire", args: [] },
  ],
  ping: "/eos/ping",
  remedy: "switch on OSC RX and TX under Setup > System > Show Control",
};

const none: OscPreset = { port: 9000, transport: "udp", bundles: true, values: {}, messages: [] };

export const PRESETS = {
  generic,
  resolume,
  "resolume-tap": resolumeTap,
  grandma3,
  touchdesigner,
  chromatik,
  eos,
  none,
} as const satisfies Record<string, OscPreset>;
