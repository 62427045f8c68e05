/** Serial boards: the outputs and their configuration. */
import type { Output, OutputContext } from "../output.js";
import { PixelOutput } from "./pixel-output.js";
import type { SerialConfig } from "./serial-config.js";
import { TactusOutput } from "./tactus-output.js";

export { SerialConfig } from "./serial-config.js";

export function createSerialOutput(config: SerialConfig, context: OutputContext): Output {
  return config.protocol === "tactus" ? new TactusOutput(config, context) : new PixelOutput(config, context);
}
