/** The configuration of an OSC output: whom to tell, and in which words. */
import { z } from "zod";
import { VALUE_NAMES } from "./osc-values.js";

const port = z.int().min(1).max(65535);
const host = z.string().min(1).max(253);

/** A number, or the name of a value that is filled in when the message is sent. */
const OscNumber = z.union([z.number(), z.enum(VALUE_NAMES)]);

/** A bare number is a float, a bare string may hold `{bpm}` or `{bpm:2}` (two decimals), a bare truth is OSC's T or F. */
export const OscArg = z.union([
  z.number(),
  z.boolean(),
  z.string().max(256),
  z.strictObject({
    float: OscNumber,
    /** Maps this range to 0..1 and cuts off what lies outside. */
    range: z.tuple([z.number(), z.number()]).optional(),
  }),
  z.strictObject({ int: OscNumber }),
  z.strictObject({ string: z.string().max(256) }),
]);
export type OscArg = z.infer<typeof OscArg>;

/** `phrase`: a downbeat whose bar number is a multiple of `phraseBars`. `tempo` and `confidence`: on change. */
export const OscWhen = z.enum(["beat", "bar", "phrase", "frame", "tempo", "mode", "confidence"]);
export type OscWhen = z.infer<typeof OscWhen>;

export const OscMessage = z.strictObject({
  /** Begins with "/". `{name}` is replaced by the entry of `values`. */
  address: z.string().regex(/^\//, 'an OSC address begins with "/"').max(200),
  args: z.array(OscArg).max(16).default([]),
  when: OscWhen,
  /** Sent to the same address `releaseMs` after a beat, bar or phrase; none when left out. */
  release: z.array(OscArg).max(16).optional(),
});
export type OscMessage = z.infer<typeof OscMessage>;

const OscTargetConfig = z.strictObject({
  /** IPv4 address or name; a broadcast address works too. */
  host,
  /** Default: the preset's. */
  port: port.optional(),
  /** Default: the preset's. TCP frames each packet by its length in four bytes (OSC 1.0). */
  transport: z.enum(["udp", "tcp"]).optional(),
});

export const OscConfig = z.strictObject({
  type: z.literal("osc"),
  /** The receiver's own addresses and port; `none` = only what `messages` says. */
  preset: z
    .enum(["generic", "resolume", "resolume-tap", "grandma3", "touchdesigner", "chromatik", "eos", "none"])
    .default("generic"),
  targets: z.array(OscTargetConfig).min(1).max(16),
  /** Sent beside those of the preset. */
  messages: z.array(OscMessage).max(64).default([]),
  /** Fills `{name}` in addresses and strings: the preset's speed master, keys, macros. */
  values: z.record(z.string().regex(/^[a-zA-Z]\w{0,31}$/), z.union([z.string().max(64), z.number()])).default({}),
  /** Put before every address, such as "/gma3"; empty = nothing. */
  prefix: z
    .string()
    .regex(/^(\/[^\s#*,?[\]{}]+)?$/, 'a prefix begins with "/" and ends without one')
    .default(""),
  /** Bars of a phrase. */
  phraseBars: z.int().min(1).max(256).default(8),
  /** Milliseconds from a beat to its release message; cut to half a beat. */
  releaseMs: z.number().min(1).max(2000).default(100),
  /** Messages of `frame` per second. */
  rateHz: z.number().min(1).max(200).default(40),
  /** Beats per minute by which the tempo must differ to be told again. */
  tempoStepBpm: z.number().min(0.01).max(10).default(0.1),
  /** Tell tempo and confidence again after this many seconds, for receivers that start late; 0 = only on change. */
  repeatS: z.number().min(0).max(600).default(10),
  /**
   * Send beats ahead in a bundle whose time tag says when they are due. Only for receivers that honour time tags and whose
   * clock is synchronised (NTP or PTP) with this machine's.
   */
  timeTags: z.boolean().default(false),
  /** How long before the beat such a bundle leaves, milliseconds. */
  timeTagLeadMs: z.number().min(5).max(150).default(60),
  /** UDP port on which the receiver's own OSC output is awaited, to see that it lives; 0 = none. */
  feedbackPort: z.int().min(0).max(65535).default(0),
});
export type OscConfig = z.infer<typeof OscConfig>;
