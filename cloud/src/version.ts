/** The version of this software, from the workspace's package.json. */
import { createRequire } from "node:module";

const manifest = createRequire(import.meta.url)("../package.json") as { version: string };

export const CLOUD_VERSION: string = manifest.version;
