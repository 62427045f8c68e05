/** Every route of the cloud on one screen. */

import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { requestId } from "hono/request-id";
import type { UpgradeWebSocket } from "hono/ws";
import { acknowledgeAlert, clearAlert, listAlerts } from "./alerts/alert-routes.js";
import type { AlertParts } from "./alerts/alerts.js";
import {
  addWebhook,
  listDeliveries,
  listWebhooks,
  removeWebhook,
  resendDelivery,
  testMail,
  testWebhook,
} from "./alerts/notify/webhook-routes.js";
import { getRules, putMute, putRules } from "./alerts/rule-routes.js";
import type { Audit } from "./audit/audit.js";
import { exportAudit, listAudit } from "./audit/audit-routes.js";
import type { DeviceAuth } from "./broker/device-auth.js";
import type { OutputWatcher } from "./control/output-watcher.js";
import type { OverrideDesk } from "./control/override-desk.js";
import { postOverride } from "./control/override-routes.js";
import { answerGraphql, GRAPHQL_PATH } from "./graphql/graphql-route.js";
import { getChallenge, getClaim, listClaims, postClaim } from "./identity/claim-routes.js";
import type { Identity } from "./identity/identity.js";
import {
  claimDevice,
  decommissionDevice,
  describeDevice,
  getIdentity,
  listCredentials,
  listPreauthorizations,
  preauthorize,
  provisionDevices,
  revokeCredentials,
  rotateCredentials,
  withdrawPreauthorization,
} from "./identity/operator-routes.js";
import type { RawSocket } from "./live/channel.js";
import type { DeviceBoard } from "./live/device-board.js";
import type { LiveHub } from "./live/live-hub.js";
import { liveSocket } from "./live/socket-route.js";
import { liveEvents } from "./live/sse-route.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";
import type { Access } from "./middleware/access.js";
import type { AdminAccess } from "./middleware/admin-access.js";
import { bodyTooLarge, MAX_BODY_BYTES, noSuchRoute, problemHandler } from "./middleware/errors.js";
import { etags } from "./middleware/etags.js";
import { guardRoutes } from "./middleware/guard-routes.js";
import { safeHeaders } from "./middleware/headers.js";
import { idempotency } from "./middleware/idempotency.js";
import { preconditions } from "./middleware/preconditions.js";
import { rateLimits } from "./middleware/rate-limits.js";
import { type SameSiteOptions, sameSite } from "./middleware/same-site.js";
import { getModel, listModels } from "./models/model-routes.js";
import type { Models } from "./models/models.js";
import { publicationLimit, publishModels, putArtifact } from "./models/publish-routes.js";
import { getTufMetadata, getTufTarget } from "./models/tuf-routes.js";
import { openApiRoutes } from "./openapi/openapi-routes.js";
import { getBeats } from "./query/beats-routes.js";
import { getDevice, listDevices } from "./query/device-routes.js";
import { healthz, metricsText, type Readiness, readyz } from "./query/health-routes.js";
import { getHistory } from "./query/history-routes.js";
import { getLedger } from "./query/ledger-routes.js";
import {
  getRollout,
  listRollouts,
  postActivate,
  postRollout,
  postRolloutAction,
  ROLLOUT_ACTIONS,
} from "./rollouts/rollout-routes.js";
import type { RolloutParts } from "./rollouts/rollouts.js";
import { deleteDeviceModel, getDeviceModel, getVenue, putDeviceModel, putVenue } from "./rollouts/venue-routes.js";
import { ROUTE_DOCS } from "./route-docs.js";
import { type Site, servePage } from "./static-site.js";
import type { FleetStore } from "./store/fleet-store.js";
import type { HistoryStore } from "./store/store.js";
import { getTelemetry } from "./telemetry/telemetry-route.js";
import type { ServerTls } from "./tls/server-tls.js";
import { getAuthority } from "./tls/tls-routes.js";
import {
  getTrack,
  getTrackTelemetry,
  listTrackArtifacts,
  listTrackMetrics,
  listTrackPlays,
  listTracks,
  listTrackVersions,
} from "./tracks/track-routes.js";
import { getCommand, listCommands, postCommand } from "./twin/command-routes.js";
import { getConfig, patchConfig, undoConfig } from "./twin/config-routes.js";
import { streamLog } from "./twin/log-route.js";
import { bundleLimit, getBundle, listBundles, putBundle } from "./twin/support-bundle-routes.js";
import type { TwinParts } from "./twin/twin-parts.js";
import { getTwin } from "./twin/twin-routes.js";
import type { UserDesk } from "./users/user-desk.js";
import {
  beginUsers,
  deleteKey,
  deleteUser,
  listKeys,
  listUsers,
  patchUser,
  postKey,
  postLogin,
  postLogout,
  postUser,
  putOwnPassword,
  whoAmI,
} from "./users/user-routes.js";
import { CLOUD_VERSION } from "./version.js";

export interface AppParts extends SameSiteOptions {
  board: DeviceBoard;
  hub: LiveHub;
  desk: OverrideDesk;
  outputs: OutputWatcher;
  store: HistoryStore;
  fleet: FleetStore;
  twin: TwinParts;
  registry: Models;
  rollouts: RolloutParts;
  alerts: AlertParts;
  identity: Identity;
  tls: ServerTls | undefined;
  audit: Audit;
  admin: AdminAccess;
  auth: DeviceAuth;
  access: Access;
  requestsPerSecond: number;
  users: UserDesk;
  metrics: Metrics;
  readiness: Readiness;
  site: Site;
  log: Log;
  now(): number;
}

/** Where each layer of configuration is read and changed. */
const CONFIG_PATHS = [
  ["fleet", "/api/v1/fleet/config"],
  ["venue", "/api/v1/venues/:venue/config"],
  ["device", "/api/v1/devices/:id/config"],
] as const;

/** `upgradeOn` turns the app into what upgrades its WebSockets. */
export function createApp(parts: AppParts, upgradeOn: (app: Hono) => UpgradeWebSocket<RawSocket>): Hono {
  const app = new Hono();
  const upgrade = upgradeOn(app);

  app.onError(problemHandler(parts.log));
  app.use(requestId(), safeHeaders(), sameSite(parts), parts.access.identify());
  const isFree = ({ req }: Context) => /^\/api\/v1\/(tuf|claims|ca\.pem)\b/.test(req.path);
  const limited = rateLimits({ ...parts, perSecond: parts.requestsPerSecond, isFree });
  app.use("/api/*", limited);
  app.use(GRAPHQL_PATH, limited);
  app.use(guardRoutes(parts, ROUTE_DOCS), etags(ROUTE_DOCS));
  uploads(app, parts); // before the limit on bodies: each has its own
  app.use("/api/*", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: bodyTooLarge }));
  app.use(GRAPHQL_PATH, bodyLimit({ maxSize: MAX_BODY_BYTES, onError: bodyTooLarge }));
  app.use(
    "/api/*",
    preconditions(ROUTE_DOCS, (request) => app.fetch(request)),
    idempotency({ ...parts, answers: parts.fleet.answers, docs: ROUTE_DOCS }),
  );

  app.get("/healthz", healthz);
  app.get("/readyz", readyz(parts.readiness));
  app.get("/metrics", metricsText(parts.metrics));
  for (const routes of [claiming, devices, steering, models, rollouts, alerts, tracks, accounts, description]) {
    routes(app, parts);
  }
  app.on(["GET", "POST"], GRAPHQL_PATH, answerGraphql(parts));
  app.get("/api/v1/live", liveSocket({ ...parts, upgrade }));
  app.get("/api/v1/events", liveEvents(parts));
  app.all("/api/*", noSuchRoute);

  app.get("*", servePage(parts.site));
  return app;
}

function tracks(app: Hono, parts: AppParts): void {
  app.get("/api/v1/tracks", listTracks(parts));
  app.get("/api/v1/tracks/:id", getTrack(parts));
  app.get("/api/v1/tracks/:id/versions", listTrackVersions(parts));
  app.get("/api/v1/tracks/:id/versions/:version/artifacts", listTrackArtifacts(parts));
  app.get("/api/v1/tracks/:id/versions/:version/metrics", listTrackMetrics(parts));
  app.get("/api/v1/tracks/:id/telemetry", getTrackTelemetry(parts));
  app.get("/api/v1/tracks/:id/plays", listTrackPlays(parts));
}

function accounts(app: Hono, parts: AppParts): void {
  const options = { ...parts, tables: parts.fleet.users, isSecure: parts.tls !== undefined };
  app.get("/api/v1/auth", whoAmI(options));
  app.post("/api/v1/auth/begin", beginUsers(options));
  app.post("/api/v1/auth/login", postLogin(options));
  app.post("/api/v1/auth/logout", postLogout(options));
  app.put("/api/v1/auth/password", putOwnPassword(options));
  app.get("/api/v1/users", listUsers(options));
  app.post("/api/v1/users", postUser(options));
  app.patch("/api/v1/users/:id", patchUser(options));
  app.delete("/api/v1/users/:id", deleteUser(options));
  app.get("/api/v1/keys", listKeys(options));
  app.post("/api/v1/keys", postKey(options));
  app.delete("/api/v1/keys/:id", deleteKey(options));
}

function description(app: Hono): void {
  const { getDocument, getPage, getStyle } = openApiRoutes(ROUTE_DOCS, CLOUD_VERSION);
  app.get("/openapi.json", getDocument);
  app.get("/docs", getPage);
  app.get("/docs.css", getStyle);
}

function uploads(app: Hono, parts: AppParts): void {
  const publishing = { ...parts, ...parts.registry };
  app.put("/api/v1/devices/:id/support-bundles/:request", bundleLimit, putBundle({ ...parts, ...parts.twin }));
  app.post("/api/v1/models/publish", publicationLimit, publishModels(publishing));
  app.put("/api/v1/models/artifacts/:sha256", putArtifact(publishing));
}

function claiming(app: Hono, parts: AppParts): void {
  const { boxes, operators } = parts.identity;
  app.get(
    "/api/v1/ca.pem",
    getAuthority(() => parts.tls?.ca),
  );
  app.get("/api/v1/claims", listClaims(operators));
  app.post("/api/v1/claims", postClaim(boxes));
  app.get("/api/v1/claims/challenge", getChallenge(boxes));
  app.get("/api/v1/claims/:id", getClaim(boxes));
  app.get("/api/v1/identity", getIdentity(operators));
  app.get("/api/v1/preauthorizations", listPreauthorizations(operators));
  app.post("/api/v1/preauthorizations", preauthorize(operators));
  app.delete("/api/v1/preauthorizations/:serial", withdrawPreauthorization(operators));
}

function devices(app: Hono, parts: AppParts): void {
  const { operators } = parts.identity;
  app.get("/api/v1/devices", listDevices(parts));
  app.post("/api/v1/devices", provisionDevices(operators));
  app.post("/api/v1/devices/claim", claimDevice(operators));
  app.patch("/api/v1/devices/:id", describeDevice(operators));
  app.delete("/api/v1/devices/:id", decommissionDevice(operators));
  app.get("/api/v1/devices/:id/credentials", listCredentials(operators));
  app.delete("/api/v1/devices/:id/credentials", revokeCredentials(operators));
  app.post("/api/v1/devices/:id/credentials/rotate", rotateCredentials(operators));
  app.get("/api/v1/devices/:id", getDevice(parts));
  app.get("/api/v1/devices/:id/history", getHistory(parts));
  app.get("/api/v1/devices/:id/beats", getBeats(parts));
  app.get("/api/v1/devices/:id/ledger", getLedger(parts));
  app.post("/api/v1/devices/:id/override", postOverride(parts));
  app.get("/api/v1/devices/:id/telemetry", getTelemetry(parts));
}

function steering(app: Hono, parts: AppParts): void {
  const twin = { ...parts, ...parts.twin };
  app.get("/api/v1/devices/:id/twin", getTwin(twin));
  for (const [scope, path] of CONFIG_PATHS) {
    app.get(path, getConfig(scope, twin));
    app.patch(path, patchConfig(scope, twin));
    app.post(`${path}/undo`, undoConfig(scope, twin));
  }
  app.get("/api/v1/devices/:id/commands", listCommands(twin));
  app.post("/api/v1/devices/:id/commands", postCommand(twin));
  app.get("/api/v1/devices/:id/commands/:request", getCommand(twin));
  app.get("/api/v1/devices/:id/log", streamLog(twin));
  app.get("/api/v1/devices/:id/support-bundles", listBundles(twin));
  app.get("/api/v1/devices/:id/support-bundles/:request", getBundle(twin));
}

function models(app: Hono, parts: AppParts): void {
  const publishing = { ...parts, ...parts.registry };
  app.get("/api/v1/models", listModels(publishing));
  app.get("/api/v1/models/:name/:version", getModel(publishing));
  app.post("/api/v1/models/:name/:version/activate", postActivate(parts));
  app.get("/api/v1/devices/:id/model", getDeviceModel(parts));
  app.put("/api/v1/devices/:id/model", putDeviceModel(parts));
  app.delete("/api/v1/devices/:id/model", deleteDeviceModel(parts));
  app.get("/api/v1/tuf/metadata/:file", getTufMetadata(publishing));
  app.get("/api/v1/tuf/targets/*", getTufTarget(publishing));
}

function rollouts(app: Hono, parts: AppParts): void {
  app.get("/api/v1/rollouts", listRollouts(parts));
  app.post("/api/v1/rollouts", postRollout(parts));
  app.get("/api/v1/rollouts/:id", getRollout(parts));
  for (const action of ROLLOUT_ACTIONS) app.post(`/api/v1/rollouts/:id/${action}`, postRolloutAction(action, parts));
  app.get("/api/v1/venues/:venue", getVenue(parts));
  app.put("/api/v1/venues/:venue", putVenue(parts));
}

function alerts(app: Hono, parts: AppParts): void {
  const alerting = { ...parts, ...parts.alerts };
  app.get("/api/v1/alerts", listAlerts(parts));
  app.post("/api/v1/alerts/:id/acknowledge", acknowledgeAlert(alerting));
  app.post("/api/v1/alerts/:id/clear", clearAlert(alerting));
  app.get("/api/v1/alert-rules", getRules(alerting));
  app.put("/api/v1/alert-rules", putRules(alerting));
  app.put("/api/v1/alert-rules/mute", putMute(alerting));
  app.get("/api/v1/webhooks", listWebhooks(alerting));
  app.post("/api/v1/webhooks", addWebhook(alerting));
  app.delete("/api/v1/webhooks/:id", removeWebhook(alerting));
  app.post("/api/v1/webhooks/:id/test", testWebhook(alerting));
  app.post("/api/v1/mail/test", testMail(alerting));
  app.get("/api/v1/deliveries", listDeliveries(alerting));
  app.post("/api/v1/deliveries/:id/resend", resendDelivery(alerting));
  app.get("/api/v1/audit", listAudit(parts));
  app.get("/api/v1/audit/export", exportAudit(parts));
}
