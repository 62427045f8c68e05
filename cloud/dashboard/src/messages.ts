/** Every English sentence of the page, in one place: one file for each page, put together here. */
import { app } from "./messages/app.js";
import { device } from "./messages/device.js";
import { fleet } from "./messages/fleet.js";
import { history } from "./messages/history.js";
import { outputs } from "./messages/outputs.js";
import { pad } from "./messages/pad.js";
import { rig } from "./messages/rig.js";
import { states } from "./messages/states.js";

export const messages = {
  ...app,
  ...states,
  fleet,
  device,
  outputs,
  rig,
  pad,
  history,
} as const;
