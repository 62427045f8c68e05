/** What the cloud wants of the box's settings, upon what its own file says, into what holds. Pure. */
import { firstIssue, RemoteConfig, type RemoteSetting, type TwinReported } from "@tactus/shared";
import type { DeviceConfig } from "./config.js";

/** Every remote setting with a value; a box without a name goes by its address. */
export type Settings = { [Setting in RemoteSetting]: NonNullable<RemoteConfig[Setting]> };
export type Refusal = TwinReported["refused"][number];

/** As the box's own file and the defaults have them. */
export function ownSettings(config: DeviceConfig): Settings {
  const { captureOffsetMs, leadMs, freezeMs, outboxMb, logLevel, mqtt } = config;
  const name = config.name ?? config.device;
  return { name, captureOffsetMs, leadMs, freezeMs, outboxMb, logLevel, publicRead: mqtt.publicRead };
}

export function withSettings<Config extends DeviceConfig>(config: Config, settings: Settings): Config {
  const { publicRead, ...rest } = settings;
  return { ...config, ...rest, mqtt: { ...config.mqtt, publicRead } };
}

/** A wish of a newer cloud may name settings that this software does not know. */
const MAX_REFUSALS = 16;

/** Each setting by itself: one that cannot be done is refused with the reason, and the others are done all the same. */
export function settle(own: Settings, wanted: Record<string, unknown>): { settings: Settings; refused: Refusal[] } {
  const refused: Refusal[] = [];
  const good: Partial<Record<RemoteSetting, unknown>> = {};
  for (const [setting, value] of Object.entries(wanted)) {
    const reason = reasonAgainst(setting, value);
    if (reason === undefined) good[setting as RemoteSetting] = value;
    else if (refused.length < MAX_REFUSALS) refused.push({ setting: setting.slice(0, 64) || "?", reason });
  }
  const settings = { ...own, ...good } as Settings;
  if (settings.freezeMs <= settings.leadMs) return { settings, refused };
  const reason = `freezeMs ${settings.freezeMs} is more than leadMs ${settings.leadMs}: both stay as the box has them`;
  for (const setting of ["leadMs", "freezeMs"] as const) if (setting in good) refused.push({ setting, reason });
  return { settings: { ...settings, leadMs: own.leadMs, freezeMs: own.freezeMs }, refused };
}

function reasonAgainst(setting: string, value: unknown): string | undefined {
  const schema = Object.hasOwn(RemoteConfig.shape, setting) ? RemoteConfig.shape[setting as RemoteSetting] : undefined;
  if (!schema) return "This version of the software does not know it";
  const parsed = schema.unwrap().safeParse(value);
  return parsed.success ? undefined : firstIssue(parsed.error).slice(0, 200);
}
