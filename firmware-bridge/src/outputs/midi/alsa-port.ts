/** MIDI messages into the ALSA sequencer, through the optional package @julusian/midi. */
import { existsSync } from "node:fs";
import { UnavailableError } from "@tactus/shared";
import type { MidiPort, PortState } from "./midi-port.js";

const SEQUENCER = "/dev/snd/seq";
const CLIENT_NAME = "Tactus";

type MidiPackage = typeof import("@julusian/midi");
type NativeOutput = InstanceType<MidiPackage["Output"]>;

export class AlsaPort implements MidiPort {
  readonly aheadS = 0;
  readonly #wanted: string | undefined;
  #output: NativeOutput | undefined;
  #peer = "";
  #errors = 0;
  #lastError = "";

  /** `port`: part of a name; undefined: a port of our own that others connect to. */
  constructor({ port }: { port?: string | undefined }) {
    this.#wanted = port;
  }

  async start(): Promise<void> {
    // Without it the library cannot make a client; asked before so that the reason is named.
    if (!existsSync(SEQUENCER))
      throw new UnavailableError(`No ALSA sequencer (${SEQUENCER}): modprobe snd-seq, or use kind raw or rtp`);
    const { Output } = await loadPackage();
    try {
      this.#output = new Output();
    } catch (cause) {
      throw new UnavailableError(`The ALSA sequencer cannot be used: ${(cause as Error).message}`, { cause });
    }
    this.#connect(this.#output);
  }

  async stop(): Promise<void> {
    this.#output?.closePort();
    this.#output?.destroy();
    this.#output = undefined;
  }

  send(bytes: Uint8Array): boolean {
    try {
      this.#output?.sendMessage([...bytes]);
      return this.#output !== undefined;
    } catch (error) {
      this.#errors += 1;
      this.#lastError = `MIDI not sent: ${(error as Error).message}`;
      return false;
    }
  }

  state(): PortState {
    return { receiving: "unknown", peer: this.#peer, errors: this.#errors, lastError: this.#lastError };
  }

  #connect(output: NativeOutput): void {
    if (this.#wanted === undefined) {
      output.openVirtualPort(CLIENT_NAME);
      this.#peer = `port ${CLIENT_NAME} of our own`;
      return;
    }
    const names = Array.from({ length: output.getPortCount() }, (_, index) => output.getPortName(index));
    const index = names.findIndex((name) => name.includes(this.#wanted ?? ""));
    if (index < 0) {
      const list = names.length > 0 ? names.join(", ") : "none";
      throw new UnavailableError(`No MIDI port has "${this.#wanted}" in its name; there are: ${list}`);
    }
    output.openPort(index);
    this.#peer = names[index] ?? "";
  }
}

async function loadPackage(): Promise<MidiPackage> {
  try {
    return await import("@julusian/midi");
  } catch (cause) {
    throw new UnavailableError("Package @julusian/midi is missing: npm install, or use kind raw or rtp", { cause });
  }
}
