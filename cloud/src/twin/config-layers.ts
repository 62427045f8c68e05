/** The wishes of fleet, venue and device into one configuration, and where each value of it comes from. Pure. */
import { REMOTE_DEFAULTS, RemoteConfig, type RemoteSetting, type TwinReported } from "@tactus/shared";

export const SCOPES = ["fleet", "venue", "device"] as const;
export type Scope = (typeof SCOPES)[number];

/** What each layer wants; a later layer is stronger. */
export type ConfigLayers = Record<Scope, RemoteConfig>;

/** From the weakest to the strongest: the software, the box's own file, then the layers. */
export type Origin = "default" | "box" | Scope;

export interface EffectiveSetting {
  /** What should hold; null = nobody says, as a box's name. */
  value: RemoteConfig[RemoteSetting] | null;
  from: Origin;
  /** What the box says that holds; null before it has said anything. */
  reported: RemoteConfig[RemoteSetting] | null;
  /** Why the box does not do it. */
  refused?: string;
}
export type EffectiveSettings = Record<RemoteSetting, EffectiveSetting>;

export const SETTINGS = Object.keys(RemoteConfig.shape) as RemoteSetting[];

/** What the cloud wants of one device. */
export const wantedConfig = (layers: ConfigLayers): RemoteConfig => ({
  ...layers.fleet,
  ...layers.venue,
  ...layers.device,
});

/** Every setting with its value and its origin. */
export function effectiveSettings(layers: ConfigLayers, reported: TwinReported | undefined): EffectiveSettings {
  const refusals = new Map(reported?.refused.map(({ setting, reason }) => [setting, reason]));
  const entries = SETTINGS.map((setting) => {
    const refused = refusals.get(setting);
    const wanted = wantedOf(layers, reported, setting);
    const told = reported?.config[setting] ?? null;
    return [setting, { ...wanted, reported: told, ...(refused === undefined ? {} : { refused }) }];
  });
  return Object.fromEntries(entries) as EffectiveSettings;
}

function wantedOf(
  layers: ConfigLayers,
  reported: TwinReported | undefined,
  setting: RemoteSetting,
): Pick<EffectiveSetting, "value" | "from"> {
  const scope = SCOPES.findLast((candidate) => layers[candidate][setting] !== undefined);
  if (scope) return { value: layers[scope][setting] ?? null, from: scope };
  const defaults: RemoteConfig = REMOTE_DEFAULTS;
  const own = reported?.own[setting];
  if (own !== undefined && own !== defaults[setting]) return { value: own, from: "box" };
  return { value: defaults[setting] ?? null, from: "default" };
}

/** Wanted values that the box does not report to hold. */
export function deltaOf(wanted: RemoteConfig, reported: TwinReported | undefined): RemoteConfig {
  const open = Object.entries(wanted).filter(
    ([setting, value]) => reported?.config[setting as RemoteSetting] !== value,
  );
  return Object.fromEntries(open) as RemoteConfig;
}

/** A change of some settings; null takes one out. */
export type ConfigPatch = { [Setting in RemoteSetting]?: RemoteConfig[Setting] | null | undefined };

export function patched(config: RemoteConfig, patch: ConfigPatch): RemoteConfig {
  const merged = Object.entries({ ...config, ...patch }).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(merged) as RemoteConfig;
}

/** What is wrong with these values beside one another; undefined = nothing that can be seen from here. */
export function contradictionIn(config: RemoteConfig): { field: RemoteSetting; reason: string } | undefined {
  const { leadMs, freezeMs } = config;
  if (leadMs === undefined || freezeMs === undefined || freezeMs <= leadMs) return undefined;
  return {
    field: "freezeMs",
    reason: `freezeMs ${freezeMs} is more than leadMs ${leadMs}: a beat would be final before it is announced`,
  };
}

export const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
