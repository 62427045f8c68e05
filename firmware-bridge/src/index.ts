/** Announced beats into lighting protocols. */
export { BridgeConfig, loadConfig } from "./config.js";
export type * from "./outputs/output.js";
export { Bridge, type BridgeOptions } from "./runtime.js";
