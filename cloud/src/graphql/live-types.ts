/** What a box says now, as a subscription; and an operator's hand on it. */
import { randomUUID } from "node:crypto";
import { OverrideAction, UnavailableError } from "@tactus/shared";
import type { LiveEvent, OverrideOutcome } from "../live/live-messages.js";
import { BadRequestError, NotFoundError } from "../problems.js";
import { builder } from "./builder.js";
import type { GraphqlParts } from "./graphql-parts.js";
import { eventsOf } from "./live-events.js";

const EventType = builder.objectRef<LiveEvent>("LiveEvent").implement({
  fields: (t) => ({
    id: t.expose("id", { type: "SafeInt", description: "Counts all events since the cloud's start" }),
    type: t.exposeString("type", { description: "Such as beat, grid, tempo, telemetry" }),
    device: t.exposeID("device"),
    receivedAtUs: t.expose("receivedAtUs", { type: "SafeInt" }),
    skewUs: t.expose("skewUs", { type: "SafeInt", description: "Added to a stamp of the box it gives cloud time" }),
    data: t.field({ type: "JSON", resolve: ({ data }) => data }),
  }),
});

builder.subscriptionFields((t) => ({
  device: t.field({
    type: EventType,
    description: "Everything one box says, as it says it",
    args: {
      id: t.arg.id({ required: true }),
      types: t.arg.stringList({ required: false, description: "Only these; without: all of them" }),
    },
    subscribe: (_, { id, types }, { parts, again }) => {
      requireDevice(String(id), parts);
      if (parts.hub.isFull)
        throw new UnavailableError("Too many pages are listening already: close one, or try again later");
      return eventsOf(parts.hub, { device: String(id), types: types ? new Set(types) : undefined, again });
    },
    resolve: (event: LiveEvent) => event,
  }),
}));

const OutcomeType = builder.objectRef<OverrideOutcome>("OverrideOutcome").implement({
  fields: (t) => ({
    requestId: t.exposeString("requestId"),
    device: t.exposeID("device"),
    outcome: t.exposeString("outcome", { description: "done, refused or pending" }),
    state: t.field({ type: "JSON", nullable: true, resolve: ({ state }) => state }),
  }),
});

builder.mutationFields((t) => ({
  override: t.field({
    type: OutcomeType,
    description: "A command of an operator to a box, answered with the state it led to",
    extensions: { permission: "operate" },
    args: {
      device: t.arg.id({ required: true }),
      command: t.arg({ type: "JSON", required: true, description: 'Such as { action: "nudge", ms: 10 }' }),
      requestId: t.arg.string({ required: false }),
    },
    resolve: (_, { device, command, requestId }, { parts, principal }) => {
      const parsed = OverrideAction.safeParse(command);
      if (!parsed.success) {
        throw new BadRequestError("The command is none", {
          field: "command",
          remedy: 'Send one such as { action: "nudge", ms: 10 }',
        });
      }
      requireDevice(String(device), parts);
      const by = principal?.name ?? "";
      return parts.desk.send({
        ...{ device: String(device), by, command: parsed.data },
        requestId: requestId || randomUUID(),
      });
    },
  }),
}));

function requireDevice(id: string, { board }: GraphqlParts): void {
  if (board.has(id)) return;
  throw new NotFoundError(`No device "${id.slice(0, 130)}"`, { field: "id", remedy: "Ask for devices: it lists them" });
}
