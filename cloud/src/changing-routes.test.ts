import { expect, it } from "vitest";
import { type AppParts, createApp } from "./app.js";

/**
 * Every route that changes something, and the line it writes to the audit log, as reviewed. "nothing:" = why it writes none.
 * Whoever adds a route adds its line here after looking that `await audit(…)` comes before the deed.
 */
const REVIEWED: Record<string, string> = {
  "POST /api/v1/alerts/:id/acknowledge": "alert.acknowledge",
  "POST /api/v1/alerts/:id/clear": "alert.clear",
  "PUT /api/v1/alert-rules": "alert-rules.set",
  "PUT /api/v1/alert-rules/mute": "alert-rules.mute",
  "POST /api/v1/webhooks": "webhook.add",
  "DELETE /api/v1/webhooks/:id": "webhook.remove",
  "POST /api/v1/webhooks/:id/test": "webhook.test",
  "POST /api/v1/mail/test": "mail.test",
  "POST /api/v1/deliveries/:id/resend": "delivery.resend",
  "POST /api/v1/claims": "device.claim-preauthorized, device.fetch-credentials, or nothing: a box asks to be claimed",
  "POST /api/v1/preauthorizations": "device.preauthorize",
  "DELETE /api/v1/preauthorizations/:serial": "device.withdraw-preauthorization",
  "POST /api/v1/devices": "device.provision",
  "POST /api/v1/devices/claim": "device.claim",
  "PATCH /api/v1/devices/:id": "device.describe",
  "DELETE /api/v1/devices/:id": "device.decommission",
  "DELETE /api/v1/devices/:id/credentials": "device.revoke-credentials",
  "POST /api/v1/devices/:id/credentials/rotate": "device.rotate-credentials, device.fetch-credentials",
  "POST /api/v1/devices/:id/override":
    "nothing: the hand on the music, many a second; it is in `override/state` with its name",
  "POST /api/v1/devices/:id/commands": "command.<action>",
  "PUT /api/v1/devices/:id/support-bundles/:request": "nothing: the box answers what command.support-bundle asked",
  "PATCH /api/v1/fleet/config": "config.change",
  "POST /api/v1/fleet/config/undo": "config.undo",
  "PATCH /api/v1/venues/:venue/config": "config.change",
  "POST /api/v1/venues/:venue/config/undo": "config.undo",
  "PATCH /api/v1/devices/:id/config": "config.change",
  "POST /api/v1/devices/:id/config/undo": "config.undo",
  "POST /api/v1/models/publish": "models.publish, models.renew, models.refused",
  "PUT /api/v1/models/artifacts/:sha256": "nothing: bytes that mean nothing until they are published",
  "POST /api/v1/models/:name/:version/activate": "model.activate",
  "PUT /api/v1/devices/:id/model": "device.pin-model",
  "DELETE /api/v1/devices/:id/model": "device.unpin-model",
  "POST /api/v1/rollouts": "rollout.create",
  "POST /api/v1/rollouts/:id/pause": "rollout.pause",
  "POST /api/v1/rollouts/:id/resume": "rollout.resume",
  "POST /api/v1/rollouts/:id/advance": "rollout.advance",
  "POST /api/v1/rollouts/:id/abort": "rollout.abort",
  "POST /api/v1/rollouts/:id/rollback": "rollout.rollback",
  "PUT /api/v1/venues/:venue": "venue.set",
  "POST /graphql": "alert.acknowledge; override: nothing, as by POST",
  "POST /api/v1/auth/begin": "user.begin",
  "POST /api/v1/auth/login": "user.login, user.login-failed",
  "POST /api/v1/auth/logout": "user.logout",
  "PUT /api/v1/auth/password": "user.change",
  "POST /api/v1/users": "user.add",
  "PATCH /api/v1/users/:id": "user.change",
  "DELETE /api/v1/users/:id": "user.remove",
  "POST /api/v1/keys": "key.add",
  "DELETE /api/v1/keys/:id": "key.remove",
};

/** Whatever is taken from it is there: routes are only listed here, never called. */
const anything: unknown = new Proxy(() => anything, {
  get: (_target, name) => (name === Symbol.iterator ? undefined : anything),
});

function changingRoutes(): string[] {
  const known: Record<string | symbol, unknown> = { host: "127.0.0.1", allowedHosts: [] };
  const parts = new Proxy({}, { get: (_target, name) => known[name] ?? anything }) as AppParts;
  const app = createApp(parts, () => (() => () => {}) as never);
  const changes = app.routes.filter(({ method }) => ["POST", "PUT", "PATCH", "DELETE"].includes(method));
  return [...new Set(changes.map(({ method, path }) => `${method} ${path}`))].sort();
}

it("every route that changes something was reviewed for what it writes to the audit log", () => {
  const routes = changingRoutes();

  expect(routes.filter((route) => !(route in REVIEWED))).toEqual([]);
  expect(Object.keys(REVIEWED).filter((route) => !routes.includes(route))).toEqual([]);
});
