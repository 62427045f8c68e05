/** Every English sentence of the page, in one place: one file for each page, put together here. */
import { alerts } from "./messages/alerts.js";
import { app } from "./messages/app.js";
import { audit } from "./messages/audit.js";
import { claim } from "./messages/claim.js";
import { common } from "./messages/common.js";
import { device } from "./messages/device.js";
import { fleet } from "./messages/fleet.js";
import { history } from "./messages/history.js";
import { outputs } from "./messages/outputs.js";
import { pad } from "./messages/pad.js";
import { rig } from "./messages/rig.js";
import { session } from "./messages/session.js";
import { settings } from "./messages/settings.js";
import { states } from "./messages/states.js";

export const messages = {
  ...app,
  ...states,
  ...common,
  ...session,
  alerts,
  audit,
  claim,
  settings,
  fleet,
  device,
  outputs,
  rig,
  pad,
  history,
} as const;
