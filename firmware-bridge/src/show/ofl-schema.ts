/** The parts of an Open Fixture Library definition that the importer reads; what it does not know it leaves alone. */
import { z } from "zod";

/** A number with a unit ("5Hz", "50%", "90deg"), a keyword ("fast") or a bare number. */
const Entity = z.union([z.string(), z.number()]);
export type Entity = z.infer<typeof Entity>;

export const OflCapability = z.looseObject({
  type: z.string(),
  dmxRange: z.tuple([z.number(), z.number()]).optional(),
  shutterEffect: z.string().optional(),
  speed: Entity.optional(),
  speedStart: Entity.optional(),
  speedEnd: Entity.optional(),
  color: z.string().optional(),
  colors: z.array(z.string()).optional(),
  brightness: Entity.optional(),
  brightnessStart: Entity.optional(),
  brightnessEnd: Entity.optional(),
  wheel: z.union([z.string(), z.array(z.string())]).optional(),
  slotNumber: z.number().optional(),
  slotNumberStart: z.number().optional(),
  index: z.number().optional(),
  comment: z.string().optional(),
  switchChannels: z.record(z.string(), z.string()).optional(),
});
export type OflCapability = z.infer<typeof OflCapability>;

export const OflChannel = z.looseObject({
  fineChannelAliases: z.array(z.string()).default([]),
  dmxValueResolution: z.enum(["8bit", "16bit", "24bit"]).optional(),
  defaultValue: Entity.optional(),
  constant: z.boolean().default(false),
  capability: OflCapability.optional(),
  capabilities: z.array(OflCapability).optional(),
});
export type OflChannel = z.infer<typeof OflChannel>;

const OflInsert = z.looseObject({
  insert: z.literal("matrixChannels"),
  repeatFor: z.union([z.string(), z.array(z.string())]),
  channelOrder: z.enum(["perPixel", "perChannel"]),
  templateChannels: z.array(z.string().nullable()),
});
export type OflInsert = z.infer<typeof OflInsert>;

export const OflMode = z.looseObject({
  name: z.string().min(1),
  shortName: z.string().optional(),
  channels: z.array(z.union([z.string(), z.null(), OflInsert])).min(1),
});
export type OflMode = z.infer<typeof OflMode>;

const OflMatrix = z.looseObject({
  pixelCount: z.tuple([z.int().min(1).max(512), z.int().min(1).max(512), z.int().min(1).max(512)]).optional(),
  pixelKeys: z.array(z.array(z.array(z.string().nullable()))).optional(),
  pixelGroups: z.record(z.string(), z.unknown()).default({}),
});
export type OflMatrix = z.infer<typeof OflMatrix>;

const OflSlot = z.looseObject({ type: z.string(), colors: z.array(z.string()).optional() });
export type OflSlot = z.infer<typeof OflSlot>;

export const OflFixture = z.looseObject({
  name: z.string().min(1).max(128),
  manufacturerKey: z.string().max(128).optional(),
  matrix: OflMatrix.optional(),
  wheels: z.record(z.string(), z.looseObject({ slots: z.array(OflSlot) })).default({}),
  availableChannels: z.record(z.string(), OflChannel).default({}),
  templateChannels: z.record(z.string(), OflChannel).default({}),
  modes: z.array(OflMode).min(1),
});
export type OflFixture = z.infer<typeof OflFixture>;
