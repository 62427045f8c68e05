/** Passphrases of keys: from the environment, or asked at the terminal without showing them. */
import { UsageError } from "@tactus/shared";
import type { Role } from "./key-file.js";

/** `new`: for a key that is being made, so that a slip of the hand is noticed. */
export type AskPassphrase = (role: Role, purpose: "new" | "known") => Promise<string>;

export const PASSPHRASE_VARIABLES =
  "TACTUS_ROOT_PASSPHRASE, TACTUS_TARGETS_PASSPHRASE, TACTUS_SNAPSHOT_PASSPHRASE, TACTUS_TIMESTAMP_PASSPHRASE, or TACTUS_KEY_PASSPHRASE for all";

/** Each role is asked for once. Throws UsageError where nobody can be asked. */
export function passphrases(environment: NodeJS.ProcessEnv = process.env): AskPassphrase {
  const known = new Map<Role, Promise<string>>();
  return (role, purpose) => {
    const found = known.get(role) ?? find(role, purpose, environment);
    known.set(role, found);
    return found;
  };
}

async function find(role: Role, purpose: "new" | "known", environment: NodeJS.ProcessEnv): Promise<string> {
  const given = environment[`TACTUS_${role.toUpperCase()}_PASSPHRASE`] ?? environment.TACTUS_KEY_PASSPHRASE;
  if (given !== undefined && given !== "") return given;
  if (!process.stdin.isTTY) {
    throw new UsageError(`No passphrase for the ${role} keys: set ${PASSPHRASE_VARIABLES}`);
  }
  const first = await askHidden(`Passphrase of the ${role} keys: `);
  if (purpose === "new" && (await askHidden("The same again: ")) !== first) {
    throw new UsageError("The two passphrases differ: nothing was made");
  }
  return first;
}

function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = () => {
      stdin.off("data", onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
    };
    const onData = (chunk: Buffer) => {
      for (const character of chunk.toString("utf8")) {
        if (character === "\r" || character === "\n") {
          end();
          return resolve(typed);
        }
        if (character === "\u0003") {
          end();
          return reject(new UsageError("Stopped: no passphrase was given"));
        }
        typed = character === "\u007f" ? typed.slice(0, -1) : typed + character;
      }
    };
    stdin.on("data", onData);
  });
}
