/** The DMX source where the configuration has no rig: no universes. */
import type { DmxSource } from "./outputs/output.js";

const DARK = new Uint8Array(512);

export const NO_RIG: DmxSource = { universes: [], render: () => {}, beat: () => {}, channels: () => DARK };
