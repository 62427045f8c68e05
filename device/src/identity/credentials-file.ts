/** The login of this box, as the cloud handed it out, to and from `<stateDir>/credentials.json`. */
import { join } from "node:path";
import { DeviceCredentials, InputError, parseJsonAs } from "@tactus/shared";
import { readIfThere, writeWholeFile } from "../whole-file.js";

const fileIn = (stateDir: string): string => join(stateDir, "credentials.json");

/** Undefined when this box was not claimed, or its file holds nothing of use: then it is claimed again. */
export async function readCredentials(stateDir: string): Promise<DeviceCredentials | undefined> {
  const text = await readIfThere(fileIn(stateDir));
  try {
    return text === undefined ? undefined : parseJsonAs(DeviceCredentials, text, "Credentials");
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The old or the new ones are there, whenever the power goes. */
export async function writeCredentials(stateDir: string, credentials: DeviceCredentials): Promise<void> {
  await writeWholeFile(fileIn(stateDir), `${JSON.stringify(credentials, undefined, 2)}\n`);
}

/** The root of the update metadata that came with the claim; one that is there already stays. */
export async function keepTufRoot(stateDir: string, root: string | undefined): Promise<void> {
  const path = join(stateDir, "tuf-root.json");
  if (root !== undefined && (await readIfThere(path)) === undefined) await writeWholeFile(path, root);
}
