/** The configuration's zod schema into the JSON schema that editors check `bridge.yaml` with. */
import { z } from "zod";
import { BridgeConfig } from "./config.js";

/** JSON text, as it stands in bridge.schema.json. */
export function configSchemaText(): string {
  const schema = z.toJSONSchema(BridgeConfig, { io: "input", unrepresentable: "any", reused: "ref" });
  return `${JSON.stringify({ ...schema, title: "Tactus bridge" }, null, 2)}\n`;
}
