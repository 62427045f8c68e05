/** What the import rules need to know about the tree that the tree itself does not say. */

/** Deployables that meet in messages only. */
export const PEERS = ["device", "cloud", "firmware-bridge"];

/** Rule 1: what `shared` may import beside `node:`. */
export const SCHEMA_LIBRARIES = ["zod"];

/** Rule 3: the one file of the cloud whose type the dashboard may see, by path or by package name. */
export const CLOUD_APP_TYPE = ["cloud/src/app.ts", "@tactus/cloud", "@tactus/cloud/app"];

/**
 * Rule 5: files inside a stage that other stages may import although they hold code: pure values that belong to the
 * contract (a table, a conversion). A file that exports types only is a contract without being listed.
 */
export const CONTRACTS_WITH_CODE = [
  "device/src/frontend/feature-frame.ts",
  "firmware-bridge/src/outputs/artnet/artnet-packet.ts",
  "firmware-bridge/src/outputs/sacn/sacn-packet.ts",
];

/** Rule 5: folders that are no stage of the data's way but serve all of them. */
export const COMMON_FOLDERS = ["middleware"];

/**
 * Rule 5: composition roots below `src/`: those of a process in its folder, and the folders of commands that look at several
 * stages at once. Files directly in `src/` are composition roots anyway.
 */
export const COMPOSITION_ROOT =
  /\/(runtime|main|app)\.ts$|\/store\/fleet-(tables|migrations)\.ts$|\/src\/(doctor|calibrate|up|scan|simulate)\//;

/** Rule 6: stages that take time as an argument and touch nothing outside. Folders end in "/". */
export const PURE = [
  "device/src/frontend/",
  "device/src/decoder/",
  "device/src/grid/",
  ...[
    "rollout-plan",
    "gates",
    "sequential-test",
    "desired-model",
    "cohort",
    "tag-query",
    "health-sums",
    "time-zone",
  ].map((name) => `cloud/src/rollouts/${name}.ts`),
  ...["alert-rules", "rule-table", "rule-settings", "opening-hours", "observations"].map(
    (name) => `cloud/src/alerts/${name}.ts`,
  ),
  ...[
    "update-plan",
    "slot-state",
    "probation-watch",
    "feature-batch",
    "trial/shadow-comparison",
    "trial/beat-agreement",
  ].map((name) => `device/src/update/${name}.ts`),
  "device/src/agent/beat-numbers.ts",
  ...["fold-events", "mail-text", "retry-plan"].map((name) => `cloud/src/alerts/notify/${name}.ts`),
  "firmware-bridge/src/scheduler/",
];
export const PURE_NAME = /-packet\.ts$/;

/** Rule 6: packages that only compute. */
export const PURE_PACKAGES = ["@tactus/shared", "zod", "fft.js"];
