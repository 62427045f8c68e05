/** Where the model is that came with the software. */
import { fileURLToPath } from "node:url";

export const DEFAULT_MODEL_DIR = fileURLToPath(new URL("../../models/artifacts/beat", import.meta.url));
