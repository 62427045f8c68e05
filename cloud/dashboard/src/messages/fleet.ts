/** Words of the fleet page. */
import type { BulkProgress } from "../fleet/bulk.js";
import type { Health, Sort } from "../fleet/fleet-search.js";

const rooms = (count: number): string => `${count.toLocaleString("en")} ${count === 1 ? "room" : "rooms"}`;

export const fleet = {
  title: "Rooms",
  rooms,
  counts: (online: number, all: number) => `${online.toLocaleString("en")} of ${all.toLocaleString("en")} online`,
  search: "Find a room",
  columns: ["Room", "Tempo", "Confidence", "Sound", "Hand", "Seen"],
  direction: { asc: "upwards", desc: "downwards" },
  none: "No room is like that.",
  showAll: "Show all rooms",
  claim: "Claim a box",
  pick: (name: string) => `Pick ${name}`,
  pickAll: (count: number) => `Pick all ${rooms(count)} shown`,
  filters: {
    fold: (count: number) => (count === 0 ? "Filters" : `Filters: ${count}`),
    health: "Any health",
    state: "Any music",
    venue: "All venues",
    tag: "All tags",
    model: "All models",
    sort: "Order",
  },
  health: {
    critical: "Critical",
    warning: "Warning",
    good: "Good",
    offline: "Offline",
  } satisfies Record<Health, string>,
  music: { tracking: "Tracking", held: "Held", searching: "Searching", silent: "No music", offline: "Offline" },
  sorts: {
    trouble: "Trouble first",
    name: "By name",
    venue: "By venue",
    bpm: "By tempo",
    confidence: "By confidence",
    model: "By model",
    seen: "By last seen",
  } satisfies Record<Sort, string>,
  view: { label: "Shown as", list: "List", grid: "Venues" },
  bulk: {
    label: "Many rooms at once",
    picked: (count: number) => `${rooms(count)} picked`,
    action: "What to do",
    actions: {
      tag: "Add tags",
      untag: "Remove tags",
      restart: "Restart",
      log: "Set log level",
      mute: "Mute alerts",
      unmute: "End mute",
      pin: "Pin a model",
      unpin: "Let rollouts decide",
    },
    tags: "Tags, as in: berlin beta",
    part: "What is restarted",
    parts: { hearing: "Hearing (silent for 2 s)", agent: "Agent", box: "Both" },
    level: "Log level",
    forHow: "For how long",
    hours: (hours: number) => (hours < 48 ? `${hours} h` : `${hours / 24} days`),
    model: "Model",
    chooseModel: "Choose a model",
    noModels: "No model is published",
    go: (count: number) => `Do it for ${rooms(count)}`,
    clear: "Pick none",
    stop: "Stop",
    undoing: (title: string) => `Undo: ${title}`,
    running: (title: string, done: number, all: number) => `${title}: ${done} of ${all} …`,
    ended: (title: string, { done, all, failures }: BulkProgress) =>
      failures.length === 0 && done === all
        ? `${title}: done for ${rooms(done)}`
        : `${title}: ${rooms(done - failures.length)} done, ${failures.length} refused${done < all ? `, ${all - done} left out` : ""}`,
    failures: (count: number) => `${count} refused: why`,
  },
  emptyTitle: "No room has reported yet",
  emptyBox:
    "A box in a venue needs this cloud's address in its device.yaml. It then shows a claim code, on its console and on its own page:",
  emptyBoxCommand: (cloud: string) =>
    ["# device.yaml, for: tactus device --config device.yaml", "cloud:", `  url: ${cloud}`].join("\n"),
  emptyClaim: "Type the code in here: the box gets its place in the fleet and its login, and appears by itself.",
  emptyDemo: "Only looking? On this machine, one command brings up a cloud and a box that plays a recording:",
  emptyDemoCommand: "npm start",
  waiting: "Asking the cloud which rooms there are …",
} as const;
