/** DDP (Distributed Display Protocol): the output and its configuration. */
import type { Output, OutputContext } from "../output.js";
import type { DdpConfig } from "./ddp-config.js";
import { DdpOutput } from "./ddp-output.js";

export { DdpConfig } from "./ddp-config.js";

export function createDdpOutput(config: DdpConfig, context: OutputContext): Output {
  return new DdpOutput(config, context);
}
