import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AlertMessage, GridMessage, StatusMessage } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeviceUnderTest, eventually, Inbox } from "./device-under-test.js";

/** An `arecord` that plays silence at the pace of a sound card, until the file "unplugged" lies beside it. */
const ARECORD = `#!${process.execPath}
const { existsSync } = require("node:fs");
const unplugged = require("node:path").join(__dirname, "unplugged");
const period = Buffer.alloc(512 * 4);
const startedAt = Date.now();
let sent = 0;
setInterval(() => {
  if (existsSync(unplugged)) {
    console.error("arecord: main:831: audio open error: No such device");
    process.exit(1);
  }
  for (; sent * 512 < (Date.now() - startedAt) * 48; sent++) process.stdout.write(period);
}, 5);
process.stdout.on("error", () => process.exit());
`;

let folder: string;
let device: DeviceUnderTest;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-arecord-"));
  await writeFile(join(folder, "arecord"), ARECORD);
  await chmod(join(folder, "arecord"), 0o755);
  const settings = { source: "default", backend: "arecord", loop: false };
  device = await DeviceUnderTest.start(settings, [], { PATH: `${folder}:${process.env.PATH}` });
});
afterAll(async () => {
  await device.stop();
  await rm(folder, { recursive: true });
});

async function look() {
  const inbox = await Inbox.of(await device.client("pairing"), "status", "alert/+", "grid");
  const status = () =>
    inbox
      .of("status")
      .map((one) => StatusMessage.parse(one))
      .at(-1);
  return { inbox, status };
}

test("silence is a state that is told, and no beat is announced", async () => {
  const { inbox, status } = await look();

  await eventually(() => status()?.conditions.includes("silence"), "silence");

  expect(status()).toMatchObject({ capture: "running", source: "arecord: default" });
  expect(GridMessage.parse(inbox.of("grid").at(-1))).toMatchObject({ music: false, running: false });
});

test("a sound card that is unplugged is told, alerted, and comes back by itself", async () => {
  const { inbox, status } = await look();

  await writeFile(join(folder, "unplugged"), "");
  await eventually(() => status()?.capture === "lost", "lost");
  const [alert] = await inbox.atLeast(1, "alert/capture-lost", 60_000);
  expect(AlertMessage.parse(alert)).toMatchObject({ id: "capture-lost", severity: "critical" });
  expect(AlertMessage.parse(alert).message).toContain("No such device");

  await rm(join(folder, "unplugged"));
  await eventually(() => status()?.capture === "running", "running again", 60_000);
  const last = () => inbox.messages.filter(({ leaf }) => leaf === "alert/capture-lost").at(-1);
  await eventually(() => last()?.payload.length === 0, "the alert cleared");
});

test("an agent that dies again and again is an alert, and hearing lives on", async () => {
  const { inbox } = await look();
  const hearing = device.pids("hearing").at(-1);

  for (let k = 0; k < 3; k++) {
    const count = device.pids("agent").length;
    process.kill(device.pids("agent").at(-1) as number, "SIGKILL");
    await eventually(() => device.pids("agent").length > count, "a new agent");
  }

  const [alert] = await inbox.atLeast(1, "alert/agent-restarts", 60_000);
  expect(AlertMessage.parse(alert)).toMatchObject({ severity: "warning" });
  expect(device.pids("hearing").at(-1)).toBe(hearing);
});
