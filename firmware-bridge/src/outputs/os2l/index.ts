/** OS2L to lighting programs: QLC+, and every program that VirtualDJ can drive. */
import type { Output, OutputContext } from "../output.js";
import type { Os2lConfig } from "./os2l-config.js";
import { Os2lOutput } from "./os2l-output.js";

export { Os2lConfig } from "./os2l-config.js";

export function createOs2lOutput(config: Os2lConfig, context: OutputContext): Output {
  return new Os2lOutput(config, context);
}
