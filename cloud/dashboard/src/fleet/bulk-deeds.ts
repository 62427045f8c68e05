/** What an operator can do to many rooms at once, each with its way back where there is one. */
import type { DeviceDetail } from "@tactus/cloud";
import type { LogLevel } from "@tactus/shared";
import { putMute } from "../api/alerts.js";
import {
  describeDevice,
  getLayer,
  getPin,
  type ModelChoice,
  patchLayer,
  pinModel,
  sendCommand,
  unpinModel,
} from "../api/fleet.js";
import type { BulkDeed } from "./bulk.js";

export type RestartPart = "hearing" | "agent" | "box";

/** The tags that a room has now, and where it is told which it has from now on. */
export interface TagBook {
  present(device: string): readonly string[];
  learn(detail: DeviceDetail): void;
}

export function changeTags(change: { add: readonly string[]; remove: readonly string[] }, book: TagBook): BulkDeed {
  return async (device) => {
    const before = [...book.present(device)];
    const tags = [...new Set([...before, ...change.add])].filter((tag) => !change.remove.includes(tag));
    book.learn(await describeDevice(device, { tags }));
    return async () => book.learn(await describeDevice(device, { tags: before }));
  };
}

/** There is no way back. */
export const restart =
  (part: RestartPart): BulkDeed =>
  async (device) => {
    const { state, message } = await sendCommand(device, { action: "restart", part });
    if (state === "refused" || state === "failed") throw new Error(message);
    return undefined;
  };

export const setLogLevel =
  (logLevel: LogLevel): BulkDeed =>
  async (device) => {
    const layer = { scope: "device", subject: device } as const;
    const { config } = await getLayer(layer);
    await patchLayer(layer, { logLevel });
    return () => patchLayer(layer, { logLevel: config.logLevel ?? null });
  };

/** `forS` seconds; 0 ends it. */
export const mute =
  (forS: number, reason: string): BulkDeed =>
  async (device) => {
    const scope = `device:${device}`;
    await putMute({ scope, forS, reason });
    return forS === 0 ? undefined : () => putMute({ scope, forS: 0, reason: "" });
  };

/** Undefined = rollouts decide again. */
export const pin =
  (model: ModelChoice | undefined): BulkDeed =>
  async (device) => {
    const before = (await getPin(device)).pin;
    if (model) await pinModel(device, model);
    else if (before) await unpinModel(device);
    else return undefined;
    return () => (before ? pinModel(device, before) : unpinModel(device));
  };
