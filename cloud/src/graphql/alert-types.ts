/** Alerts, and the hand on them. */
import type { AlertState, StoredAlert } from "../alerts/alert.js";
import { BadRequestError, ConflictError, NotFoundError } from "../problems.js";
import { builder, countOf, numberIn, pageOf, pageType } from "./builder.js";
import type { GraphqlParts } from "./graphql-parts.js";
import { AlertRef, DeviceRef } from "./refs.js";

AlertRef.implement({
  fields: (t) => ({
    id: t.expose("id", { type: "SafeInt" }),
    subject: t.exposeString("subject", { description: 'Device id, or "cloud"' }),
    device: t.field({
      type: DeviceRef,
      nullable: true,
      resolve: ({ subject }, _, { parts }) => parts.board.detail(subject),
    }),
    rule: t.exposeString("rule"),
    severity: t.exposeString("severity"),
    state: t.exposeString("state", { description: "raised, acknowledged or cleared" }),
    message: t.exposeString("message"),
    remedy: t.exposeString("remedy"),
    note: t.exposeString("note"),
    raisedUs: t.expose("raisedUs", { type: "SafeInt" }),
    acknowledgedUs: t.expose("acknowledgedUs", { type: "SafeInt", description: "0 = not yet" }),
    acknowledgedBy: t.exposeString("acknowledgedBy"),
    clearedUs: t.expose("clearedUs", { type: "SafeInt", description: "0 = not yet" }),
    clearedBy: t.exposeString("clearedBy", { description: "Empty = by itself" }),
  }),
});

const Alerts = pageType("Alert", AlertRef);

const STATES: readonly (AlertState | "open")[] = ["open", "raised", "acknowledged", "cleared"];

builder.queryFields((t) => ({
  alerts: t.field({
    type: Alerts,
    description: "Newest first",
    args: {
      first: t.arg.int({ required: true, defaultValue: 50 }),
      after: t.arg.string({ required: false }),
      state: t.arg.string({ required: false, description: STATES.join(", ") }),
      device: t.arg.id({ required: false }),
    },
    resolve: async (_, { first, after, state, device }, { parts }) => {
      countOf(first, { name: "first", max: 500 });
      const query = {
        state: stateIn(state),
        device: device == null ? undefined : String(device),
        before: numberIn(after),
        limit: first + 1,
      };
      return pageOf(await parts.fleet.alerts.list(query), first, ({ id }) => String(id));
    },
  }),
}));

function stateIn(text: string | null | undefined): AlertState | "open" | undefined {
  const state = STATES.find((one) => one === text);
  if (state || text == null) return state;
  throw new BadRequestError(`"${text.slice(0, 40)}" is no state of an alert`, {
    field: "state",
    remedy: `Give one of ${STATES.join(", ")}`,
  });
}

const MAX_NOTE = 400;

builder.mutationFields((t) => ({
  acknowledgeAlert: t.field({
    type: AlertRef,
    description: "Somebody looks after it",
    extensions: { permission: "operate" },
    args: {
      id: t.arg({ type: "SafeInt", required: true }),
      note: t.arg.string({ required: true, defaultValue: "" }),
    },
    resolve: async (_, { id, note }, { parts, principal }) => {
      if (note.length > MAX_NOTE)
        throw new BadRequestError("The note is longer than 400 characters", { field: "note" });
      const by = principal?.name ?? "";
      await parts.alerts.alertDesk.flush();
      const { subject: device, rule } = await openAlert(id, parts);
      await parts.audit({ by, action: "alert.acknowledge", subject: String(id), detail: { device, rule, note } });
      return parts.alerts.alertDesk.acknowledge({ id, by, note, atUs: parts.now() });
    },
  }),
}));

async function openAlert(id: number, { fleet }: GraphqlParts): Promise<StoredAlert> {
  const alert = await fleet.alerts.get(id);
  if (!alert) throw new NotFoundError(`No alert ${id}`, { remedy: "Ask for alerts: it lists them" });
  if (alert.state === "cleared") throw new ConflictError(`Alert ${id} has ended already`);
  return alert;
}
