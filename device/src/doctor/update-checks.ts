/** The model slots of the box: what runs, what it could go back to, how the last update ended. */
import { join, resolve } from "node:path";
import { UpdateState } from "@tactus/shared";
import { z } from "zod";
import { loadArtifact } from "../model/artifact.js";
import { CheckedFile } from "../update/checked-file.js";
import { type Place, SlotState } from "../update/slot-state.js";
import { type Finding, ok, warning } from "./finding.js";

const LastUpdate = z.object({
  wish: z.object({ name: z.string(), version: z.string() }),
  state: UpdateState,
  reason: z.string(),
});

/** `modelDir`: the configuration names a folder, and the slots are not used. */
export async function checkUpdates(stateDir: string, modelDir: string | undefined): Promise<Finding[]> {
  if (modelDir !== undefined) return [ok("model slots", `not used: modelDir is ${modelDir}`)];
  const folder = join(resolve(stateDir), "models");
  const { content: slots, damaged } = await new CheckedFile(join(folder, "slots.json"), SlotState).read();
  if (damaged) {
    const remedy = "Nothing: the model that came with the box runs, and the cloud's wish brings the other one back";
    return [warning("model slots", damaged, remedy)];
  }
  if (!slots) return [ok("model slots", "empty: no other model was ever brought onto this box")];
  return [await slotFinding(folder, slots), ...(await lastUpdate(folder))];
}

async function slotFinding(folder: string, { active, standby, probation }: SlotState): Promise<Finding> {
  const inPlace = async (place: Place) => (place === "bundled" ? "the bundled model" : await labelOf(folder, place));
  const trial = probation ? `, on probation for ${Math.round(probation.ofS - probation.ranS)} s more` : "";
  const back = standby ? `; ready to go back to: ${await inPlace(standby)}` : "";
  const message = `active: ${await inPlace(active)}${trial}${back}`;
  if (!message.includes("DAMAGED")) return ok("model slots", message);
  return warning("model slots", message, "Nothing: the next start takes another model, and the update comes again");
}

async function labelOf(folder: string, slot: string): Promise<string> {
  try {
    const { manifest } = await loadArtifact(join(folder, slot));
    return `${manifest.name} ${manifest.version} (slot ${slot})`;
  } catch {
    return `DAMAGED (slot ${slot})`;
  }
}

async function lastUpdate(folder: string): Promise<Finding[]> {
  const { content } = await new CheckedFile(join(folder, "update.json"), LastUpdate).read();
  if (!content) return [];
  const { wish, state, reason } = content;
  const message = `${wish.name} ${wish.version}: ${state}${reason ? `, ${reason}` : ""}`;
  const isBad = state === "failed" || state === "refused" || state === "rolled-back";
  return [
    isBad
      ? warning("model update", message, "The model before it runs on; choose another version in the cloud")
      : ok("model update", message),
  ];
}
