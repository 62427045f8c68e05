/** sACN (ANSI E1.31): the output and its configuration. */
import type { Output, OutputContext } from "../output.js";
import type { SacnConfig } from "./sacn-config.js";
import { SacnOutput } from "./sacn-output.js";

export { SacnConfig } from "./sacn-config.js";
export { ownCids } from "./sacn-output.js";

export function createSacnOutput(config: SacnConfig, context: OutputContext): Output {
  return new SacnOutput(config, context);
}
