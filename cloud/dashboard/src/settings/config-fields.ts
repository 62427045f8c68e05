/** A layer of configuration into what is typed, and what is typed into a change of it. Pure. */
import { REMOTE_DEFAULTS, type RemoteConfig } from "@tactus/shared";
import type { ConfigPatch } from "../api/fleet.js";

/** A room's own name is set at the room. */
export type LayerSetting = Exclude<keyof RemoteConfig, "name">;
export const LAYER_SETTINGS = Object.keys(REMOTE_DEFAULTS) as LayerSetting[];

/** Empty = the layer says nothing about it. */
export type ConfigText = Record<LayerSetting, string>;

export const textOfConfig = (config: RemoteConfig): ConfigText =>
  Object.fromEntries(
    LAYER_SETTINGS.map((name) => [name, config[name] === undefined ? "" : String(config[name])]),
  ) as ConfigText;

/** Only what differs from `before`; null takes a setting out. */
export function patchOf(before: RemoteConfig, text: ConfigText): ConfigPatch {
  const changes = LAYER_SETTINGS.map((name) => [name, typedValue(name, text[name].trim())] as const);
  return Object.fromEntries(changes.filter(([name, value]) => value !== (before[name] ?? null))) as ConfigPatch;
}

function typedValue(name: LayerSetting, text: string): string | number | boolean | null {
  if (text === "") return null;
  if (name === "publicRead") return text === "true";
  return name === "logLevel" ? text : Number(text.replace(",", "."));
}
