/** The part of the configuration that says what MIDI is sent, and where to. */
import { z } from "zod";

const tcpPort = z.int().min(1).max(65534);

const RawPort = z.strictObject({
  kind: z.literal("raw"),
  /** A raw MIDI device such as `/dev/snd/midiC1D0` (`amidi -l` lists them), a serial line set to 31250 baud, or a named pipe. */
  path: z.string().min(1).max(4096),
});

const RtpPort = z.strictObject({
  kind: z.literal("rtp"),
  /** How the session is called in the other computer's list. */
  name: z.string().min(1).max(63).default("Tactus"),
  /** Control port of the sessions to invite, `host` or `host:port` (5004 when left out). */
  invite: z
    .array(z.string().regex(/^[^\s:]{1,253}(:\d{1,5})?$/))
    .max(8)
    .default([]),
  /** UDP port at which others may invite us; the next one carries the data. `false`: only those we invite. */
  listen: z.union([tcpPort, z.literal(false)]).default(5004),
  /** Address to listen on; 0.0.0.0 = every interface. */
  address: z.ipv4().default("0.0.0.0"),
  /** Announce the session by DNS-SD (`_apple-midi._udp`), so that macOS and Windows list it. */
  advertise: z.boolean().default(true),
  /**
   * Send this long ahead, milliseconds; each message is stamped with its proper time. Above 0 only for receivers that honour the
   * stamps (macOS, iOS): others would play that much early.
   */
  aheadMs: z.number().min(0).max(100).default(0),
});

const AlsaPort = z.strictObject({
  kind: z.literal("alsa"),
  /** Part of the name of a port of the ALSA sequencer (`aconnect -o` lists them); left out: a port of our own to connect to. */
  port: z.string().min(1).max(128).optional(),
});

const noteNumber = z.int().min(0).max(127);

const Notes = z.strictObject({
  /** MIDI channel, 1…16. */
  channel: z.int().min(1).max(16).default(1),
  /** Note number of every beat but the first of a bar; left out: none. */
  beat: noteNumber.optional(),
  /** Note number of the first beat of a bar; left out: that of `beat`. */
  downbeat: noteNumber.optional(),
  velocity: z.int().min(1).max(127).default(100),
});

const TimeCode = z.strictObject({
  /** Frames a second; 29.97 is drop-frame. */
  framesPerSecond: z.union([z.literal(24), z.literal(25), z.literal(29.97), z.literal(30)]).default(25),
  /** Hour at which every start begins, 0…23. */
  startHour: z.int().min(0).max(23).default(0),
});

export const MidiConfig = z.strictObject({
  type: z.literal("midi"),
  port: z.discriminatedUnion("kind", [RawPort, RtpPort, AlsaPort]),
  /** MIDI clock, 24 bytes a beat. */
  clock: z.boolean().default(true),
  /**
   * Start and stop, so that the receiver's bar 1 begins on our downbeat. `start`: from bar 1 whenever music begins again;
   * `continue`: go on, by song position, at the next bar; `none`: clock alone.
   */
  transport: z.enum(["start", "continue", "none"]).default("start"),
  /** Let the clock run on at the last tempo when the music is over. Many receivers keep their effects moving then. */
  clockInSilence: z.boolean().default(false),
  /** Beats over which a difference between clock and beats is spread. More is steadier and slower to follow. */
  spreadBeats: z.number().min(0.25).max(8).default(1),
  /** A note on every beat, a note on every bar. */
  notes: Notes.optional(),
  /** MIDI time code, running in real time from the start of the music. */
  timeCode: TimeCode.optional(),
});
export type MidiConfig = z.infer<typeof MidiConfig>;
export type MidiPortConfig = MidiConfig["port"];
export type RtpPortConfig = z.infer<typeof RtpPort>;
