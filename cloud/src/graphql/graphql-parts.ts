/** Contract: what GraphQL answers from, and what it knows of one request. */
import type { AlertDesk } from "../alerts/alert-desk.js";
import type { Audit } from "../audit/audit.js";
import type { OverrideDesk } from "../control/override-desk.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { LiveHub } from "../live/live-hub.js";
import type { Log } from "../log.js";
import type { ModelRegistry } from "../models/model-registry.js";
import type { RolloutBook } from "../rollouts/rollout-book.js";
import type { RolloutDesk } from "../rollouts/rollout-desk.js";
import type { HistoryStore } from "../store/store.js";
import type { Principal } from "../users/principal.js";
import type { LoaderParts, Loaders } from "./loaders.js";

export interface GraphqlParts extends LoaderParts {
  board: DeviceBoard;
  hub: LiveHub;
  desk: OverrideDesk;
  store: HistoryStore;
  registry: { models: Pick<ModelRegistry, "list"> };
  rollouts: { desk: RolloutDesk; book: RolloutBook };
  alerts: { alertDesk: AlertDesk };
  audit: Audit;
  log: Log;
}

export interface GraphqlContext {
  parts: GraphqlParts;
  principal: Principal | undefined;
  /** Who they are by now: a subscription outlives logins. */
  again(): Promise<Principal | undefined>;
  /** Of this request alone. */
  loaders: Loaders;
}
