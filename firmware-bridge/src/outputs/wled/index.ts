/** WLED's audio sync: sound-reactive effects on controllers that have no microphone. */
import type { Output, OutputContext } from "../output.js";
import type { WledConfig } from "./wled-config.js";
import { WledOutput } from "./wled-output.js";

export { WledConfig } from "./wled-config.js";

export function createWledOutput(config: WledConfig, context: OutputContext): Output {
  return new WledOutput(config, context);
}
