export { registerDeviceCommands } from "./cli.js";
export { DeviceConfig, loadConfig } from "./config.js";
export { DEFAULT_MODEL_DIR } from "./default-model.js";
export type { GridEvent, GridState, OverrideResult } from "./grid/grid-event.js";
export type { BeatPipeline, OpenPipeline, PipelineOptions, Step } from "./pipeline.js";
