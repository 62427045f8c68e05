/** What the rest of the bridge needs of the DMX engine. */
export { BUILT_IN_PROFILES } from "./built-in-profiles.js";
export { describeRig } from "./describe-rig.js";
export { FixtureProfile } from "./fixture-profile.js";
export type { FixtureView } from "./fixture-view.js";
export type { IncomingSource } from "./merge.js";
export { importFixture } from "./open-fixture-library.js";
export { loadProfiles, parseProfile } from "./profile-files.js";
export { RigConfig } from "./rig-config.js";
export { createShow, type Show, type ShowOptions } from "./show.js";
export type { UpcomingSection } from "./situation.js";
