/** MIDI clock, transport, notes and time code as an output. */
import type { Output, OutputContext } from "../output.js";
import type { MidiConfig as Config } from "./midi-config.js";
import { MidiOutput } from "./midi-output.js";

export { MidiConfig } from "./midi-config.js";

export function createMidiOutput(config: Config, context: OutputContext): Output {
  return new MidiOutput(config, context);
}
