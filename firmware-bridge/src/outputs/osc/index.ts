/** OSC to visual software and desks: Resolume, grandMA3, TouchDesigner, Chromatik, Eos, and whatever listens. */
import type { Output, OutputContext } from "../output.js";
import type { OscConfig } from "./osc-config.js";
import { OscOutput } from "./osc-output.js";
import { OscReceivers } from "./osc-receivers.js";
import { encodeOsc, scriptOf } from "./osc-script.js";
import { restValues } from "./osc-values.js";
import { type OscPreset, PRESETS } from "./presets.js";

export { OscConfig } from "./osc-config.js";

/** Throws InputError when the configuration holds nothing to send, or what its receiver would not understand. */
export function createOscOutput(config: OscConfig, context: OutputContext): Output {
  const preset: OscPreset = PRESETS[config.preset];
  const script = scriptOf(config);
  const ping = preset.ping ? encodeOsc({ address: preset.ping, args: [] }, restValues("idle")) : undefined;
  const targets = config.targets.map(({ host, port = preset.port, transport = preset.transport }) => {
    return { host, port, transport };
  });
  const { feedbackPort } = config;
  const receivers = new OscReceivers({ targets, ping, remedy: preset.remedy ?? "", feedbackPort, context });
  return new OscOutput({ config, script, receivers, context });
}
