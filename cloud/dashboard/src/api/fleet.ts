/** Claiming, describing, configuring and steering boxes, one request each. */
import type { DeviceDetail, LayerAnswer, VenueAnswer, VenueSettings } from "@tactus/cloud";
import type { CommandAction, RemoteConfig } from "@tactus/shared";
import { ask, get, part } from "./client.js";

export interface WaitingBox {
  serial: string;
  keyFingerprint: string;
  createdUs: number;
  expiresUs: number;
}

export interface Place {
  venue: string;
  device: string;
  name?: string;
  tags: string[];
}

export interface Preauthorization {
  serial: string;
  device: string;
  name: string;
  tags: string[];
  by: string;
  createdUs: number;
  expiresUs: number;
}

export interface ModelChoice {
  name: string;
  version: string;
}

/** A change of some settings; null takes one out. */
export type ConfigPatch = { [Setting in keyof RemoteConfig]?: RemoteConfig[Setting] | null };

const device = (id: string): string => `/api/v1/devices/${part(id)}`;

export const listClaims = (signal?: AbortSignal): Promise<{ claims: WaitingBox[] }> => get("/api/v1/claims", signal);

export const claimDevice = (body: Place & { code: string; replace: boolean }): Promise<{ device: string }> =>
  ask("POST", "/api/v1/devices/claim", { body });

export const listPreauthorizations = (signal?: AbortSignal): Promise<{ preauthorizations: Preauthorization[] }> =>
  get("/api/v1/preauthorizations", signal);

export const preauthorize = (body: Place & { serial: string; days: number }): Promise<Preauthorization> =>
  ask("POST", "/api/v1/preauthorizations", { body });

export const withdrawPreauthorization = (serial: string): Promise<void> =>
  ask("DELETE", `/api/v1/preauthorizations/${part(serial)}`);

export const describeDevice = (id: string, body: { name?: string; tags?: string[] }): Promise<DeviceDetail> =>
  ask("PATCH", device(id), { body });

export const sendCommand = (id: string, command: CommandAction): Promise<{ state: string; message: string }> =>
  ask("POST", `${device(id)}/commands`, { body: { command, waitS: 5 } });

export const getPin = (id: string): Promise<{ pin: ModelChoice | null }> => get(`${device(id)}/model`);
export const pinModel = (id: string, { name, version }: ModelChoice): Promise<void> =>
  ask("PUT", `${device(id)}/model`, { body: { name, version } });
export const unpinModel = (id: string): Promise<void> => ask("DELETE", `${device(id)}/model`);

export const listModels = (signal?: AbortSignal): Promise<{ models: (ModelChoice & { state: string })[] }> =>
  get("/api/v1/models", signal);

export type ConfigLayer = { scope: "fleet" } | { scope: "venue" | "device"; subject: string };

export const getLayer = (layer: ConfigLayer, signal?: AbortSignal): Promise<LayerAnswer> => get(pathOf(layer), signal);

/** Holds only while the layer is still at `version`, where one is given. */
export const patchLayer = (layer: ConfigLayer, patch: ConfigPatch, version?: number): Promise<LayerAnswer> =>
  ask("PATCH", pathOf(layer), { body: patch, headers: version === undefined ? {} : { "if-match": `"${version}"` } });

export const undoLayer = (layer: ConfigLayer, version?: number): Promise<LayerAnswer> =>
  ask("POST", `${pathOf(layer)}/undo`, { body: version === undefined ? {} : { version } });

export const getVenue = (venue: string, signal?: AbortSignal): Promise<VenueAnswer> =>
  get(`/api/v1/venues/${part(venue)}`, signal);

export const putVenue = (venue: string, body: VenueSettings): Promise<VenueAnswer> =>
  ask("PUT", `/api/v1/venues/${part(venue)}`, { body });

function pathOf(layer: ConfigLayer): string {
  if (layer.scope === "fleet") return "/api/v1/fleet/config";
  return `/api/v1/${layer.scope === "venue" ? "venues" : "devices"}/${part(layer.subject)}/config`;
}
