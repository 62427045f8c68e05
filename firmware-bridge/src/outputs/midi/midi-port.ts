/** The contract of a way out for MIDI. */

export interface PortState {
  receiving: "receiving" | "not-receiving" | "unknown";
  /** Who is there, in words. */
  peer: string;
  errors: number;
  lastError: string;
}

/** Runs in the MIDI thread. `send` never throws and never waits. Times are seconds of CLOCK_MONOTONIC. */
export interface MidiPort {
  /** How long before its time a message may be handed over, seconds; 0 = at its time. */
  readonly aheadS: number;
  /** Rejects with UnavailableError naming what is missing and the remedy. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** One whole MIDI message, meant for `at`. False when it did not leave. */
  send(bytes: Uint8Array, at: number): boolean;
  state(): PortState;
}
