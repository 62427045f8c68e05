export type { StoredAlert } from "./alerts/alert.js";
export type { AlertsAnswer } from "./alerts/alert-routes.js";
export type { StoredDelivery, StoredWebhook } from "./alerts/notify/notice.js";
export type { DeliveriesAnswer } from "./alerts/notify/webhook-routes.js";
export type { RulesAnswer } from "./alerts/rule-routes.js";
export type { EffectiveRule, Mute, RuleChange, RuleChanges, StoredScope } from "./alerts/rule-settings.js";
export type { StoredAuditEntry } from "./audit/audit.js";
export type { AuditAnswer } from "./audit/audit-routes.js";
export { registerCloudCommands } from "./cli.js";
export { type CloudConfig, loadConfig } from "./config.js";
export type {
  ClientMessage,
  DeviceDetail,
  DeviceSummary,
  LiveEvent,
  LiveLeaf,
  OverrideOutcome,
  Problem,
  ServerMessage,
} from "./live/live-messages.js";
export { createLog } from "./log.js";
export type { DeviceAnswer } from "./query/device-routes.js";
export type { HistoryAnswer } from "./query/history-routes.js";
export type { LedgerAnswer } from "./query/ledger-routes.js";
export type { VenueSettings } from "./rollouts/venue.js";
export type { VenueAnswer } from "./rollouts/venue-routes.js";
export { type RunningCloud, startCloud } from "./runtime.js";
export type { LayerAnswer } from "./twin/config-desk.js";
export type { KeyView, Permission, Role, UserView } from "./users/principal.js";
