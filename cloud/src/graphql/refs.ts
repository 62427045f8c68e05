/** The types of the schema by name, for those that point at each other. */
import type { StoredAlert } from "../alerts/alert.js";
import type { DeviceDetail } from "../live/live-messages.js";
import type { ModelVersion } from "../models/registry.js";
import type { RolloutDesk } from "../rollouts/rollout-desk.js";
import type { Track } from "../tracks/track.js";
import { builder } from "./builder.js";

export type RolloutSummary = ReturnType<RolloutDesk["summaries"]>[number];
export type RolloutMember = ReturnType<RolloutDesk["members"]>[number];
/** Every version of one name. */
export interface Model {
  name: string;
  versions: ModelVersion[];
}
/** A venue is there when it has a device, or settings. */
export interface Venue {
  venue: string;
}

export const DeviceRef = builder.objectRef<DeviceDetail>("Device");
export const AlertRef = builder.objectRef<StoredAlert>("Alert");
export const RolloutRef = builder.objectRef<RolloutSummary>("Rollout");
export const ModelRef = builder.objectRef<Model>("Model");
export const VenueRef = builder.objectRef<Venue>("Venue");
export const TrackRef = builder.objectRef<Track>("Track");
