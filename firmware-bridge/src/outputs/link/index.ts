/** Ableton Link as an output. */
import type { Output, OutputContext } from "../output.js";
import type { LinkConfig as Config } from "./link-config.js";
import { LinkOutput } from "./link-output.js";

export { LinkConfig } from "./link-config.js";

export function createLinkOutput(config: Config, context: OutputContext): Output {
  return new LinkOutput(config, context);
}
