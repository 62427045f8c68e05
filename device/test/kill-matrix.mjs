/** An update, killed at every change of the disk: does a working model come up each time, and does the update end well later? */
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_MODEL_DIR } from "../dist/default-model.js";
import { openLog } from "../dist/log.js";
import { loadArtifact } from "../dist/model/artifact.js";
import { OnnxModel } from "../dist/model/onnx-model.js";
import { ModelSlots } from "../dist/update/model-slots.js";

const BOX = fileURLToPath(new URL("./update-box.mjs", import.meta.url));
const KILLER = new URL("./kill-at-write.mjs", import.meta.url).href;

/** A folder with copies of the bundled model under other version numbers, each whole, with its golden clip. */
export async function modelFolder(folder, versions) {
  for (const version of versions) {
    const dir = join(folder, "tactus-beat", version);
    await mkdir(dir, { recursive: true });
    await cp(DEFAULT_MODEL_DIR, dir, { recursive: true });
    const path = join(dir, "manifest.json");
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), version }));
  }
  return folder;
}

export class KillMatrix {
  folder = "";

  /** A box that has been updated twice, so that both slots are in use. */
  async prepare() {
    this.folder = await mkdtemp(join(tmpdir(), "tactus-kill-"));
    await modelFolder(join(this.folder, "models"), ["5.0.0", "6.0.0", "9.9.9"]);
    for (const version of ["5.0.0", "6.0.0"]) {
      const { code, stdout } = await this.update(join(this.folder, "before"), version);
      if (code !== 0) throw new Error(`The box cannot be prepared: ${stdout}`);
    }
  }

  async tidy() {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Returns what became of an update that was killed once. `isOver`: it came to its end before. */
  async kill({ at = 0, how = "before", dieIn = "" }) {
    const state = await mkdtemp(join(this.folder, "state-"));
    await cp(join(this.folder, "before"), state, { recursive: true });
    const env = dieIn ? { DIE_IN: dieIn } : { KILL_AT: String(at), KILL_HOW: how };
    const { code, signal } = await this.update(state, "9.9.9", env);
    if (signal !== "SIGKILL") return { isOver: true, code };
    const came = await bootsWith(state);
    const later = await this.update(state, "9.9.9");
    const ends = await bootsWith(state);
    await rm(state, { recursive: true, force: true });
    return { isOver: false, came, ends, code: later.code, states: later.stdout };
  }

  /** Returns what became of an update on a disk that is full from its n-th change on, and of the next one when there is room. */
  async fill(at) {
    const state = await mkdtemp(join(this.folder, "state-"));
    await cp(join(this.folder, "before"), state, { recursive: true });
    const { code, stdout } = await this.update(state, "9.9.9", { KILL_AT: String(at), KILL_HOW: "full" });
    const came = await bootsWith(state);
    const later = await this.update(state, "9.9.9", { ROLLOUT: "r2" });
    const ends = await bootsWith(state);
    await rm(state, { recursive: true, force: true });
    return { code, states: stdout, came, ends, laterCode: later.code };
  }

  /** Runs a box until its update ends. */
  update(stateDir, version, env = {}) {
    const args = ["--import", KILLER, BOX, stateDir, join(this.folder, "models"), version];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TICK_MS: "20", KILL_BELOW: join(stateDir, "models"), ...env },
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    return new Promise((done) => child.once("close", (code, signal) => done({ code, signal, stdout })));
  }
}

/** What a box that is switched on now would run: "version", after a step of the model; throws when there is none. */
export async function bootsWith(stateDir) {
  const check = async (dir) => (await loadArtifact(dir)).manifest;
  const log = openLog("boot", "silent");
  const nowUs = () => Date.now() * 1000;
  const slots = new ModelSlots({ stateDir, bundledDir: DEFAULT_MODEL_DIR, check, maxCrashes: 3, nowUs, log });
  await slots.open();
  const artifact = await loadArtifact(await slots.choose());
  const model = await OnnxModel.open(artifact);
  const [activation] = await model.step(new Float32Array(model.stepFrames * 64));
  await model.close();
  if (!Number.isFinite(activation.beat)) throw new Error("The model gives no activation");
  return artifact.manifest.version;
}
