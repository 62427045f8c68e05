/** `tactus doctor` and `tactus calibrate` on a box whose room is a PulseAudio null sink. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCalibrate } from "../src/calibrate.js";
import { runDoctor } from "../src/doctor.js";
import { clickWav } from "./audio-source.cases.js";
import { PulseServer, pulseMissing } from "./pulse-server.js";

const missing = pulseMissing();
if (missing) console.warn(`doctor and calibrate are not tested with sound: ${missing}`);

interface Finding {
  subject: string;
  state: string;
  message: string;
}

describe.skipIf(missing)("on a box with sound", () => {
  const server = new PulseServer();
  const folder = mkdtempSync(join(tmpdir(), "tactus-box-"));
  const config = join(folder, "device.yaml");
  const before = { ...process.env };
  beforeAll(async () => {
    writeFileSync(config, `# The bar\nstateDir: ${join(folder, "state")}\nmqtt:\n  port: 0\n`);
    Object.assign(process.env, server.env);
    await server.start();
  });
  afterAll(async () => {
    await server.stop();
    process.env = before;
    rmSync(folder, { recursive: true, force: true });
  });

  async function doctor(): Promise<{ code: number; ok: boolean; findings: Finding[] }> {
    let text = "";
    const code = await runDoctor({ config, json: true, print: (line) => (text += line) });
    return { code, ...JSON.parse(text) };
  }

  function playAgainAndAgain(file: string): () => void {
    let player = server.play(file);
    let stopped = false;
    const again = () => {
      if (stopped) return;
      player = server.play(file);
      player.once("exit", again);
    };
    player.once("exit", again);
    return () => {
      stopped = true;
      player.kill();
    };
  }

  it("doctor hears what is played and finds the sound well", async () => {
    const file = join(folder, "clicks.wav");
    writeFileSync(file, clickWav());
    const stop = playAgainAndAgain(file);
    const { findings } = await doctor();
    stop();

    const source = findings.find(({ subject }) => subject === "source");
    expect(source).toMatchObject({ state: "ok" });
    expect(source?.message).toMatch(/^naudiodon: default: 44100 Hz, 2 channels, level -\d+ dB, peak -2 dB$/);
  });

  it("doctor warns of silence", async () => {
    const { findings } = await doctor();

    expect(findings.find(({ subject }) => subject === "source")).toMatchObject({ state: "warning" });
  });

  it.each(["naudiodon", "arecord"])(
    "calibrate finds the offset by clicks through the room with %s",
    async (backend) => {
      const lines: string[] = [];

      expect(await runCalibrate({ config, backend, clicks: 12, print: (line) => lines.push(line) })).toBe(0);

      console.info(`${backend}: ${lines[1]}`);
      const text = readFileSync(config, "utf8");
      const offset = Number(/^captureOffsetMs: (-?[\d.]+)$/m.exec(text)?.[1]);
      // A null sink has no room: what is left is the path through the server.
      expect(Math.abs(offset)).toBeLessThan(150);
      expect(text).toContain("# The bar\n");
      expect(lines.at(-1)).toContain(`Wrote captureOffsetMs: ${offset} to ${config}`);
    },
  );

  it("calibrate writes nothing on a dry run", async () => {
    const absent = join(folder, "other.yaml");
    writeFileSync(absent, "");
    const lines: string[] = [];

    await runCalibrate({ config: absent, clicks: 10, dryRun: true, print: (line) => lines.push(line) });

    expect(readFileSync(absent, "utf8")).toBe("");
    expect(lines.at(-1)).toContain("not written, present value 0");
  });

  it("without its sound server, doctor names the problem and calibrate the remedy", async () => {
    await server.kill();

    const { code, ok, findings } = await doctor();

    expect([code, ok]).toEqual([1, false]);
    expect(findings.find(({ subject }) => subject === "source")).toMatchObject({ state: "problem" });
    await expect(runCalibrate({ config, print: () => {} })).rejects.toThrow("no sound input was found");
    expect(existsSync(`${config}.new`)).toBe(false);
  });
});
