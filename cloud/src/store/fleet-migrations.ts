/** The shapes that fleet.db has had, one step each. Steps are never edited once released: add the next one. */
import { alerts } from "../alerts/alert-migration.js";
import { auditChain } from "../audit/audit-chain-migration.js";
import { auditLog } from "../audit/audit-migration.js";
import { identity } from "../identity/identity-migration.js";
import { idempotency } from "../middleware/idempotency-migration.js";
import { registry } from "../models/registry-migration.js";
import { rollouts } from "../rollouts/rollout-migration.js";
import { telemetry } from "../telemetry/telemetry-migration.js";
import { tracks } from "../tracks/track-migration.js";
import { twins } from "../twin/twin-migration.js";
import { users } from "../users/user-migration.js";
import { devices } from "./device-migration.js";
import type { Migration } from "./migrations/migration.js";

export const FLEET_MIGRATIONS: readonly Migration[] = [
  devices,
  auditLog,
  identity,
  twins,
  registry,
  rollouts,
  alerts,
  auditChain,
  telemetry,
  users,
  idempotency,
  tracks,
];
