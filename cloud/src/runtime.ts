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
import { AdminAccess } from "./middleware/admin-access.js";
import { WriteAccess } from "./middleware/write-access.js";
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

export async function startCloud(config: CloudConfig, options: CloudOptions): Promise<RunningCloud> {
  const ground = await openGround(config, options);
  const cloud = await assemble(ground, options);
  listen(ground, cloud);
  const web = await openWeb(ground, cloud);
  const stop = () => stopAll(ground, cloud, web);
  try {
    const { mqttPort, httpPort } = await startAll(cloud, web);
    const { log, dataDir, adminToken, writeToken, board } = ground;
    log.info({ httpPort, mqttPort, dataDir }, "Cloud is up");
    return {
      url: urlOf(cloud.tls ? "https" : "http", config.http.host, httpPort),
      mqttUrl: urlOf(cloud.tls ? "mqtts" : "mqtt", config.mqtt.host, mqttPort),
      adminToken,
      writeToken,
      board,
      identity: cloud.identity.desk,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What every part stands on: files, log, clock, counters, who may change what, and the newest state of each device. */
async function openGround(config: CloudConfig, { log, onFatal }: CloudOptions) {
  const { dataDir } = config;
  await makeDataDir(dataDir);
  const adminToken = await loadOrMakeSecret(dataDir, "admin-token");
  const writeToken = isLoopback(config.http.host) ? undefined : adminToken;
  const lost: string[] = [];
  const metrics = new Metrics();
  const stopMeasuring = addProcessMetrics(metrics);
  const onLost = (error: Error) => {
    lost.push(error.message);
    onFatal(error);
  };
  const fleet = await openFleetStore({ file: join(dataDir, "fleet.db"), onLost });
  const history = await openHistory({ config: config.history, dataDir, fleet, metrics, log, onLost });
  const admin = new AdminAccess({ token: adminToken });
  const audit: Audit = (entry) => fleet.audit.add(entry, now());
  const board = new DeviceBoard();
  board.seed(await fleet.devices.list());
  return {
    ...{ config, dataDir, log, now, metrics, stopMeasuring, fleet, history },
    ...{ admin, audit, board, lost, adminToken, writeToken },
  };
}
type Ground = Awaited<ReturnType<typeof openGround>>;

/** The parts that work, each with what it needs of the others. Nothing runs yet. */
async function assemble(ground: Ground, { models }: Pick<CloudOptions, "models">) {
  const { config, dataDir, log, metrics, fleet, board, audit, admin } = ground;
  const sightings = keepSightings({ board, fleet, log });
  const tls = config.tls && new ServerTls({ config: config.tls, dataDir, log });
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
  const broker: EmbeddedBroker = new EmbeddedBroker({ ...config.mqtt, auth: identity.book, tls, metrics, log });
  const hub: LiveHub = new LiveHub({ metrics, onWatch: (devices) => watcher.ask(devices) });
  const watcher = new DeviceWatcher({ link: broker, board, watched: () => hub.watched(), now });
  const desk = new OverrideDesk({ link: broker, board, metrics });
  const outputs = new OutputWatcher({ link: broker, board, now });
  const twin = twinParts({ fleet, link: broker, board, audit, metrics, log, now, dataDir });
  const registry = await openModels({ fleet, audit, log, now, dataDir, config: config.models });
  const rollouts = rolloutParts({
    ...{ fleet, board, audit, log, now, settings: config.rollouts },
    desk: twin.twins,
    models: models ?? registry.models,
  });
  const telemetry = new TelemetryDesk({ fleet, link: broker, metrics, log, now });
  const alerts = alertParts({ fleet, board, metrics, log, now, dataDir, config });
  return {
    ...{ sightings, tls, identity, broker, hub, watcher, desk, outputs },
    ...{ twin, registry, rollouts, telemetry, alerts },
  };
}
type Parts = Awaited<ReturnType<typeof assemble>>;

/** Who hears what of the devices. */
function listen({ history, board, metrics, log }: Ground, parts: Parts): void {
  const { broker, hub, watcher, desk, twin, rollouts, telemetry, alerts } = parts;
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
  const onFleet: OnFleet = (message, receivedAtUs) => {
    board.see(message.at, receivedAtUs);
    twin.take(message, receivedAtUs);
    if (message.leaf === "twin/reported") alerts.reported(deviceIdOf(message.at), message.message, receivedAtUs);
  };
  const onHistory = board.see.bind(board);
  twin.twins.onReported(rollouts.engine.reported.bind(rollouts.engine));
  telemetry.onHealth(rollouts.engine.telemetry.bind(rollouts.engine));
  const { writer } = history;
  new Ingest({ link: broker, writer, onLive: telemetry.before(onLive), onFleet, onHistory, now, metrics, log }).start();
}

async function openWeb(ground: Ground, parts: Parts): Promise<WebServer> {
  const { config, history, lost, writeToken } = ground;
  return new WebServer({
    ...ground,
    ...parts,
    ...config.http,
    store: history.store,
    auth: parts.identity.book,
    access: new WriteAccess({ token: writeToken }),
    site: await loadSite(SITE_FOLDER),
    readiness: { problems: () => [...lost, ...history.problems()] },
  });
}

/** What decides first, then the doors. */
async function startAll({ twin, rollouts, telemetry, alerts, tls, broker, watcher }: Parts, web: WebServer) {
  await twin.start();
  await rollouts.engine.start();
  telemetry.start();
  await alerts.start();
  await tls?.start();
  const mqttPort = await broker.start();
  const httpPort = await web.start();
  watcher.start();
  return { mqttPort, httpPort };
}

/** The doors first, then what decides, then what keeps. */
async function stopAll({ history, fleet, stopMeasuring }: Ground, parts: Parts, web: WebServer): Promise<void> {
  const { hub, watcher, alerts, broker, telemetry, rollouts, twin, sightings, identity, tls } = parts;
  hub.stop();
  watcher.stop();
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
  stopMeasuring();
}

/** An address to type: a cloud that listens everywhere is reached on this machine's own. */
function urlOf(scheme: string, host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
