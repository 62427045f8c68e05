/** The schema of fixture profiles into the text of `firmware-bridge/fixture.schema.json`. */
import { z } from "zod";
import { FixtureProfile } from "./fixture-profile.js";

/** Ends in a line break. */
export function fixtureSchemaText(): string {
  const schema = z.toJSONSchema(FixtureProfile, { io: "input" });
  const titled = { ...schema, title: "Tactus fixture profile", description: "What each DMX channel of a lamp does" };
  return `${JSON.stringify(titled, undefined, 2)}\n`;
}
