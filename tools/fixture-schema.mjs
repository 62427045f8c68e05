#!/usr/bin/env node
/** Writes firmware-bridge/fixture.schema.json from the schema of fixture profiles; editors check profiles against it. */
import { writeFileSync } from "node:fs";
import { fixtureSchemaText } from "../firmware-bridge/dist/show/fixture-schema.js";

writeFileSync(new URL("../firmware-bridge/fixture.schema.json", import.meta.url), fixtureSchemaText());
