/**
 * The parts of a box that have to do with an update, in one process, so that every change of the disk can be counted:
 * slots and keeper of the supervisor, runner of the agent, the real trial process. Hearing is played: it opens the model it is
 * given and runs a step. Prints the states of the update; ends with exit code 0 at "committed".
 *
 *     node device/test/update-box.mjs STATE_DIR MODELS VERSION
 *
 * DIE_IN=<state>: kills itself with SIGKILL when the update has come to this state.
 */
import { systemClock } from "../../shared/dist/index.js";
import { DEFAULT_MODEL_DIR } from "../dist/default-model.js";
import { openLog } from "../dist/log.js";
import { loadArtifact } from "../dist/model/artifact.js";
import { OnnxModel } from "../dist/model/onnx-model.js";
import { UNKNOWN_FACTS } from "../dist/process-channel.js";
import { FolderModelSource } from "../dist/update/folder-model-source.js";
import { ModelKeeper } from "../dist/update/model-keeper.js";
import { ModelSlots } from "../dist/update/model-slots.js";
import { Trials } from "../dist/update/trial/trials.js";
import { UpdateRunner } from "../dist/update/update-runner.js";

const ROLLOUT = process.env.ROLLOUT ?? "r1";
const [stateDir, models, version] = process.argv.slice(2);
const log = openLog("box", process.env.LOG_LEVEL ?? "silent");
const clock = systemClock;
const nowUs = () => Date.now() * 1000;
const check = async (dir) => (await loadArtifact(dir)).manifest;
const say = (line) => process.stdout.write(`${line}\n`);

const slots = new ModelSlots({ stateDir, bundledDir: DEFAULT_MODEL_DIR, check, maxCrashes: 3, nowUs, log });
let facts = { ...UNKNOWN_FACTS, hearing: "up", capture: "running" };
let runner;
const keeper = new ModelKeeper({
  slots,
  modelDir: undefined,
  swap: (dir) => {
    hear(dir).then(
      () => keeper.swapped(dir, ""),
      (error) => keeper.swapped(dir, error.message),
    );
    return true;
  },
  restart: () => void start(),
  onChange: (news) => {
    facts = { ...facts, models: news };
    runner?.learn(facts);
  },
  log,
});

async function hear(dir) {
  const model = await OnnxModel.open(await loadArtifact(dir));
  await model.step(new Float32Array(model.stepFrames * 64));
  await model.close();
}

async function start() {
  await hear(await keeper.choose());
}

await keeper.open();
await start();
runner = new UpdateRunner({
  stateDir,
  bundledDir: DEFAULT_MODEL_DIR,
  settings: { enabled: true, quietS: 0 },
  modelDir: undefined,
  source: new FolderModelSource({ folder: models, check }),
  check,
  lacks: async () => undefined,
  trials: new Trials({ clock }),
  tell: (message) => {
    if (message.kind === "try-model") keeper.tryModel(message.trial);
    if (message.kind === "drop-model") keeper.dropModel(message.id, message.reason);
  },
  clock,
  nowUs,
  log,
});
let told = "";
const look = setInterval(() => {
  const update = runner.report()?.update;
  if (!update || update.state === told || update.rollout !== ROLLOUT) return;
  told = update.state;
  say(`${told}${update.reason ? `: ${update.reason}` : ""}`);
  if (told === process.env.DIE_IN) process.kill(process.pid, "SIGKILL");
  if (["committed", "rolled-back", "refused", "failed"].includes(told)) void leave();
}, 5);
const second = setInterval(() => keeper.tick(true), Number(process.env.TICK_MS ?? 100));
runner.learn(facts);
await runner.start();
runner.want({
  name: "tactus-beat",
  version,
  rollout: ROLLOUT,
  switch: { when: "now", windows: [], lockExpiresS: 0 },
  shadowS: 0,
  probationS: 4,
});

async function leave() {
  clearInterval(look);
  clearInterval(second);
  await runner.stop();
  await keeper.close();
  process.exitCode = told === "committed" ? 0 : 1;
  process.disconnect?.();
}
