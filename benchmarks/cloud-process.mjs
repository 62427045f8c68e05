/** A cloud of its own on free ports, for one measurement. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../bin/tactus.mjs", import.meta.url));

/** Resolves with the process and the address of its page. Throws when the cloud ends before it is up. */
export async function startCloud(dataDir) {
  const args = [BIN, "cloud", "--data-dir", dataDir, "--port", "0", "--mqtt-port", "0"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const [, said] = /Page +(http:\S+)\n/.exec(output) ?? [];
      if (said) resolve(said);
    });
    child.on("exit", () => reject(new Error(`The cloud ended: ${output}`)));
  });
  return { child, url };
}
