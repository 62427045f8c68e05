/** The table of outputs: the word after `type:` into its configuration and its maker. */
import { z } from "zod";
import { ArtnetConfig, createArtnetOutput } from "./outputs/artnet/index.js";
import { createDdpOutput, DdpConfig } from "./outputs/ddp/index.js";
import { createLinkOutput, LinkConfig } from "./outputs/link/index.js";
import { createMemoryOutput, MemoryConfig } from "./outputs/memory/index.js";
import { createMidiOutput, MidiConfig } from "./outputs/midi/index.js";
import { createMqttOutput, type MqttHost, MqttOutputConfig } from "./outputs/mqtt/index.js";
import { createOs2lOutput, Os2lConfig } from "./outputs/os2l/index.js";
import { createOscOutput, OscConfig } from "./outputs/osc/index.js";
import type { Output, OutputContext } from "./outputs/output.js";
import { createSacnOutput, SacnConfig } from "./outputs/sacn/index.js";
import { createSerialOutput, SerialConfig } from "./outputs/serial/index.js";
import { createWledOutput, WledConfig } from "./outputs/wled/index.js";
import { PolicyConfig } from "./scheduler/output-policy.js";

/** Settings that every output has. */
const COMMON = {
  enabled: z.boolean().default(true),
  /** Subtracted from each beat's time: positive fires earlier, for slow lamps; negative later, for slow sound. Milliseconds. */
  latencyMs: z.number().min(-2000).max(2000).default(0),
  /** What the output does when beats are uncertain, silent or gone. */
  policy: PolicyConfig.prefault({}),
};

/** What the process lends to outputs beyond their context. */
export type OutputHost = MqttHost;

export const OUTPUT_KINDS = {
  artnet: { schema: ArtnetConfig.safeExtend(COMMON), create: createArtnetOutput },
  ddp: { schema: DdpConfig.safeExtend(COMMON), create: createDdpOutput },
  link: { schema: LinkConfig.safeExtend(COMMON), create: createLinkOutput },
  memory: { schema: MemoryConfig.safeExtend(COMMON), create: createMemoryOutput },
  midi: { schema: MidiConfig.safeExtend(COMMON), create: createMidiOutput },
  mqtt: { schema: MqttOutputConfig.safeExtend(COMMON), create: createMqttOutput },
  os2l: { schema: Os2lConfig.safeExtend(COMMON), create: createOs2lOutput },
  osc: { schema: OscConfig.safeExtend(COMMON), create: createOscOutput },
  sacn: { schema: SacnConfig.safeExtend(COMMON), create: createSacnOutput },
  serial: { schema: SerialConfig.safeExtend(COMMON), create: createSerialOutput },
  wled: { schema: WledConfig.safeExtend(COMMON), create: createWledOutput },
} as const;

const { artnet, ddp, link, memory, midi, mqtt, os2l, osc, sacn, serial, wled } = OUTPUT_KINDS;

export const OutputConfig = z.discriminatedUnion(
  "type",
  [
    artnet.schema,
    ddp.schema,
    link.schema,
    memory.schema,
    midi.schema,
    mqtt.schema,
    os2l.schema,
    osc.schema,
    sacn.schema,
    serial.schema,
    wled.schema,
  ],
  { error: () => `must be one of ${Object.keys(OUTPUT_KINDS).join(", ")}` },
);
export type OutputConfig = z.infer<typeof OutputConfig>;

type Maker = (config: OutputConfig, context: OutputContext, host: OutputHost) => Output;

/** Throws InputError when the configuration cannot work. Opens nothing before `start`. */
export function createOutput(config: OutputConfig, context: OutputContext, host: OutputHost): Output {
  // `type` ties each maker to its configuration, which the type of the table cannot say.
  const create = OUTPUT_KINDS[config.type].create as Maker;
  return create(config, context, host);
}
