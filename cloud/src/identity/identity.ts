/** The identity of boxes, put together: one line in the cloud's runtime. */
import type { Context } from "hono";
import type { Audit } from "../audit/audit.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { Log } from "../log.js";
import type { AdminAccess } from "../middleware/admin-access.js";
import type { FleetStore } from "../store/fleet-store.js";
import { AttemptLimits } from "./attempt-limits.js";
import { Challenges } from "./challenges.js";
import { ClaimDesk, type Surroundings } from "./claim-desk.js";
import type { ClaimRouteOptions } from "./claim-routes.js";
import { CredentialBook } from "./credential-book.js";
import type { IdentityConfig } from "./identity-config.js";
import { IdentityDesk } from "./identity-desk.js";
import type { OperatorRouteOptions } from "./operator-routes.js";

/** Attempts within a minute, from one address and from all of them. Boxes of a venue share an address. */
const REGISTRATIONS = { perAddress: 60, overall: 600 };
const POLLS = { perAddress: 1200, overall: 30_000 };
/** A code has 40 bits. */
const GUESSES = { perAddress: 30, overall: 120 };

export interface IdentityOptions {
  fleet: FleetStore;
  board: DeviceBoard;
  audit: Audit;
  admin: AdminAccess;
  config: IdentityConfig;
  kick(device: string, options?: { silently?: boolean }): void;
  onNamed: OperatorRouteOptions["onNamed"];
  around: AroundOptions;
  now(): number;
  log: Log;
}

/** Where boxes reach this cloud, and what they trust. */
export interface AroundOptions {
  /** As configured; absent = by the name that the box used for HTTP. */
  publicMqttUrl: string | undefined;
  mqttPort(): number;
  /** The own certificate authority as PEM. */
  ca(): string | undefined;
  isTls: boolean;
  /** The first root of the update metadata. */
  tufRoot(): Promise<string | undefined>;
}

export interface Identity {
  /** Who comes in, by MQTT and HTTP. */
  book: CredentialBook;
  desk: IdentityDesk;
  /** What the routes of waiting boxes need, and those of operators. */
  boxes: ClaimRouteOptions;
  operators: OperatorRouteOptions;
  stop(): Promise<void>;
}

export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { fleet, board, audit, admin, config, onNamed, now } = options;
  const book = new CredentialBook(options);
  await book.start();
  const desk = new IdentityDesk({ ...options, ...config, book });
  const challenges = new Challenges();
  const claims = new ClaimDesk({ fleet, desk, challenges, board, audit, now, ...config });
  const boxes = {
    claims,
    challenges,
    registrations: new AttemptLimits(REGISTRATIONS),
    polls: new AttemptLimits(POLLS),
    around: (context: Context) => surroundings(context, options.around),
    now,
  };
  const guesses = new AttemptLimits(GUESSES);
  const operators = { fleet, admin, audit, auth: book, board, identity: desk, onNamed, guesses, now };

  return { book, desk, boxes, operators, stop: () => book.stop() };
}

async function surroundings(context: Context, options: AroundOptions): Promise<Surroundings> {
  const { publicMqttUrl, mqttPort, ca, isTls, tufRoot } = options;
  const asked = new URL(context.req.url);
  const mqttUrl = publicMqttUrl ?? `${isTls ? "mqtts" : "mqtt"}://${asked.hostname}:${mqttPort()}`;
  const [authority, root] = [ca(), await tufRoot()];
  return {
    mqttUrl,
    httpUrl: asked.origin,
    ...(authority === undefined ? {} : { ca: authority }),
    ...(root === undefined ? {} : { tufRoot: root }),
  };
}
