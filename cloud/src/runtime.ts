/** The cloud's parts and how they hang together, from the wire to the page. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@tactus/shared";
import { alertParts } from "./alerts/alerts.js";
import type { Audit } from "./audit/audit.js";
import { EmbeddedBroker } from "./broker/embedded-broker.js";
import { type CloudConfig, isLoopback } from "./config.js";
import { DeviceWatcher } from "./control/device-watcher.js";
import { OutputWatcher } from "./control/output-watcher.js";
import { OverrideDesk } from "./control/override-desk.js";
import { makeDataDir } from "./data-dir.js";
import { deviceIdOf } from "./device-id.js";
import { openIdentity } from "./identity/identity.js";
import type { IdentityDesk } from "./identity/identity-desk.js";
import { Ingest, type OnFleet, type OnLive } from "./ingest/ingest.js";
import { DeviceBoard } from "./live/device-board.js";
import { LiveHub } from "./live/live-hub.js";
import type { Log } from "./log.js";
import { Metrics } from "./metrics.js";
import { Access } from "./middleware/access.js";
import { AdminAccess } from "./middleware/admin-access.js";
import { openModels } from "./models/models.js";
import type { SignedModels } from "./models/registry.js";
import { addProcessMetrics } from "./process-metrics.js";
import { rolloutParts } from "./rollouts/rollouts.js";
import { loadOrMakeSecret } from "./secrets.js";
import { keepSightings } from "./sightings.js";
import { loadSite } from "./static-site.js";
import { openFleetStore } from "./store/fleet-store.js";
import { openHistory } from "./store/open-history.js";
import { TelemetryDesk } from "./telemetry/telemetry-desk.js";
import { ServerTls } from "./tls/server-tls.js";
import { twinParts } from "./twin/twin-parts.js";
import { UserDesk } from "./users/user-desk.js";
import { WebServer } from "./web-server.js";

export interface RunningCloud {
  /** "http://127.0.0.1:8080", without a slash at the end. */
  url: string;
  /** "mqtt://127.0.0.1:1884". */
  mqttUrl: string;
  /** With this, the fleet may be changed. */
  adminToken: string;
  /** With this, commands to a room are accepted; undefined = the cloud listens on loopback and wants none. */
  writeToken: string | undefined;
  /** Nobody has an account yet. */
  isFirstRun: boolean;
  board: DeviceBoard;
  /** Boxes get their logins here. */
  identity: IdentityDesk;
  stop(): Promise<void>;
}

export interface CloudOptions {
  log: Log;
  /** Called once when the cloud can no longer do its work and should be stopped. */
  onFatal(error: Error): void;
  /** In place of the registry, for drills: what may be rolled out. */
  models?: Pick<SignedModels, "list">;
}

const SITE_FOLDER = fileURLToPath(new URL("../dashboard/dist", import.meta.url));
const now = () => systemClock.epochUs();

export async function startCloud(config: CloudConfig, { log, onFatal, models }: CloudOptions): Promise<RunningCloud> {
  await makeDataDir(config.dataDir);
  const adminToken = await loadOrMakeSecret(config.dataDir, "admin-token");
  const writeToken = isLoopback(config.http.host) ? undefined : adminToken;
  const lost: string[] = [];
  const metrics = new Metrics();
  const stopProcessMetrics = addProcessMetrics(metrics);
  const onLost = (error: Error) => {
    lost.push(error.message);
    onFatal(error);
  };
  const fleet = await openFleetStore({ file: join(config.dataDir, "fleet.db"), onLost });
  const history = await openHistory({ config: config.history, dataDir: config.dataDir, fleet, metrics, log, onLost });
  const { store, writer } = history;

  const audit: Audit = (entry) => fleet.audit.add(entry, now());
  const users = new UserDesk({ tables: fleet.users, audit, now });
  await users.start();
  const access = new Access({ users, adminToken, isLocal: isLoopback(config.http.host) });
  const admin = new AdminAccess({ access });
  const board = new DeviceBoard();
  board.seed(await fleet.devices.list());
  const sightings = keepSightings({ board, fleet, log });
  const tls = config.tls && new ServerTls({ config: config.tls, dataDir: config.dataDir, log });
  const identity = await openIdentity({
    ...{ fleet, board, audit, admin, now, log, config: config.identity },
    kick: (device, how) => broker.kick(device, how),
    onNamed: async (subject, name, by) => {
      await twin.configs.change({ name: { scope: "device", subject }, by, patch: { name } });
    },
    around: {
      publicMqttUrl: config.mqtt.publicUrl,
      mqttPort: () => broker.port,
      isTls: tls !== undefined,
      ca: () => tls?.ca,
      tufRoot: async () => registry.models.root(),
    },
  });
  const auth = identity.book;
  const broker: EmbeddedBroker = new EmbeddedBroker({ ...config.mqtt, auth, tls, metrics, log });
  const hub: LiveHub = new LiveHub({ metrics, onWatch: (devices) => watcher.ask(devices) });
  const watcher = new DeviceWatcher({ link: broker, board, watched: () => hub.watched(), now });
  const desk = new OverrideDesk({ link: broker, board, metrics });
  const outputs = new OutputWatcher({ link: broker, board, now });
  const twin = twinParts({ fleet, link: broker, board, audit, metrics, log, now, dataDir: config.dataDir });
  const registry = await openModels({ fleet, audit, log, now, dataDir: config.dataDir, config: config.models });
  const rollouts = rolloutParts({
    ...{ fleet, board, audit, log, now, settings: config.rollouts },
    desk: twin.twins,
    models: models ?? registry.models,
  });
  const telemetry = new TelemetryDesk({ fleet, link: broker, metrics, log, now });
  const alerts = alertParts({ fleet, board, metrics, log, now, dataDir: config.dataDir, config });
  const onLive: OnLive = (message, receivedAtUs) => {
    const event = board.apply(message, receivedAtUs);
    if (!event) return;
    desk.observe(event);
    hub.publish(event);
    twin.observe(event);
    rollouts.observe(event);
    alerts.observe(event);
    if (event.type === "status" && event.data.state === "online") watcher.arrived(event.device);
  };
  twin.twins.onReported(rollouts.engine.reported.bind(rollouts.engine));
  telemetry.onHealth(rollouts.engine.telemetry.bind(rollouts.engine));
  const onHistory = board.see.bind(board);
  const onFleet: OnFleet = (message, receivedAtUs) => {
    board.see(message.at, receivedAtUs);
    twin.take(message, receivedAtUs);
    if (message.leaf === "twin/reported") alerts.reported(deviceIdOf(message.at), message.message, receivedAtUs);
  };
  new Ingest({ link: broker, writer, onLive: telemetry.before(onLive), onFleet, onHistory, now, metrics, log }).start();

  const parts = {
    board,
    hub,
    desk,
    outputs,
    store,
    fleet,
    twin,
    registry,
    rollouts,
    alerts,
    identity,
    tls,
    audit,
    admin,
    access,
    users,
    auth,
    metrics,
    log,
    now,
    ...config.http,
  };
  const site = await loadSite(SITE_FOLDER);
  const web = new WebServer({
    ...parts,
    site,
    readiness: { problems: () => [...lost, ...history.problems()] },
  });

  const stop = async () => {
    hub.stop();
    watcher.stop();
    stopProcessMetrics();
    await alerts.stop();
    await Promise.all([broker.stop(), web.stop()]);
    await telemetry.stop();
    await rollouts.engine.stop();
    await twin.stop();
    await sightings.stop();
    await identity.stop();
    tls?.stop();
    await history.stop();
    await fleet.close();
  };
  try {
    await twin.start();
    await rollouts.engine.start();
    telemetry.start();
    await alerts.start();
    await tls?.start();
    const mqttPort = await broker.start();
    const httpPort = await web.start();
    watcher.start();
    log.info({ httpPort, mqttPort, dataDir: config.dataDir }, "Cloud is up");
    return {
      url: urlOf(tls ? "https" : "http", config.http.host, httpPort),
      mqttUrl: urlOf(tls ? "mqtts" : "mqtt", config.mqtt.host, mqttPort),
      adminToken,
      writeToken,
      isFirstRun: !users.hasUsers,
      board,
      identity: identity.desk,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An address to type: a cloud that listens everywhere is reached on this machine's own. */
function urlOf(scheme: string, host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
