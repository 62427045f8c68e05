/** A configuration file into its settings as they are written, or one clear error. */
import { InputError } from "./errors.js";

export interface SettingsFile {
  /** Absolute, for the messages. */
  path: string;
  /** Named by a person: it must be there. */
  required: boolean;
  /** The whole text. */
  read(path: string): Promise<string>;
  /** The notation: `parse` of yaml. */
  parse(text: string): unknown;
  /** A line that such a file may hold, for those who wrote something else. */
  example: string;
}

/** Empty where there is no file and none is needed. Throws InputError naming the file. */
export async function readSettings({
  path,
  required,
  read,
  parse,
  example,
}: SettingsFile): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await read(path);
  } catch (cause) {
    if (!required && (cause as { code?: string }).code === "ENOENT") return {};
    throw new InputError(`Configuration ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (cause) {
    const [firstLine] = (cause as Error).message.split("\n");
    throw new InputError(`Configuration ${path} is not YAML: ${firstLine}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError(`Configuration ${path} holds no settings: write "name: value" lines, such as "${example}"`);
  return value as Record<string, unknown>;
}
