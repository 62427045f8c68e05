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
export { type RunningCloud, startCloud } from "./runtime.js";
