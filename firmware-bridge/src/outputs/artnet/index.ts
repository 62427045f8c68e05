/** Art-Net 4: the output and its configuration. */
import type { Output, OutputContext } from "../output.js";
import type { ArtnetConfig } from "./artnet-config.js";
import { ArtnetOutput } from "./artnet-output.js";

export { ArtnetConfig } from "./artnet-config.js";
export { artnetPort } from "./artnet-port.js";

export function createArtnetOutput(config: ArtnetConfig, context: OutputContext): Output {
  return new ArtnetOutput(config, context);
}
