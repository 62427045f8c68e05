/** A box that renews its login and is killed at one step of it: node rotate-and-die.mjs STATE_DIR STEP */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCloudFetch } from "../dist/identity/cloud-fetch.js";
import { readCredentials, writeCredentials } from "../dist/identity/credentials-file.js";
import { rotateCredentials } from "../dist/identity/rotation.js";

const [stateDir = "", step] = process.argv.slice(2);
const die = () => process.kill(process.pid, "SIGKILL");

const present = await readCredentials(stateDir);
if (!present) throw new Error("no credentials");
if (step === "before") die();
await rotateCredentials({
  present,
  fetchAs: (login) => {
    const fetch = openCloudFetch({ access: () => ({ ...login, floorMs: 0 }) });
    return async (path, init) => {
      const isRotation = path.endsWith("/rotate");
      if (step === "asked" && isRotation) setTimeout(die, 1); // perhaps the cloud has made it, perhaps not
      const answer = await fetch(path, init);
      if (step === (isRotation ? "answered" : "used")) die();
      return answer;
    };
  },
  store: async (next) => {
    if (step === "half-written") {
      writeFileSync(join(stateDir, "credentials.json.new"), JSON.stringify(next).slice(0, 40));
      die();
    }
    await writeCredentials(stateDir, next);
    if (step === "stored") die();
  },
});
