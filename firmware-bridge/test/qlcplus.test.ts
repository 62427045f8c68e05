import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createOs2lOutput, Os2lConfig } from "../src/outputs/os2l/index.js";
import type { BeatCue, BeatPose, Output } from "../src/outputs/output.js";
import { createSacnOutput, SacnConfig } from "../src/outputs/sacn/index.js";
import { monotonic, testContext, until } from "./conductor.js";
import { inOwnNetwork } from "./own-network.js";
import { OS2L_PORT, QlcPlus } from "./qlcplus.js";
import { needs } from "./receivers.js";

const cueWith = (change: Partial<BeatCue> = {}): BeatCue => ({
  ...{ beatId: "a-1", dueAt: monotonic(), fireAt: monotonic(), beatInBar: 1, beatsPerBar: 4, bar: 16, bpm: 128 },
  ...{ confidence: 0.9, energy: { low: 0.5, mid: 0.25, high: 0.125 }, source: "announced" },
  ...change,
});

const pose: BeatPose = {
  ...{ at: 0, beatPosition: 1.25, beatPhase: 0.25, barPhase: 2.25, beatsPerBar: 4, bar: 16, bpm: 128 },
  ...{ confidence: 0.9, energy: { low: 0.5, mid: 0.25, high: 0.125 }, mode: "following", level: 1 },
};

if (needs("qlcplus", "qlcplus") && inOwnNetwork(import.meta.url)) {
  const qlc = new QlcPlus();
  const stateDir = mkdtempSync(join(tmpdir(), "tactus-state-"));
  const open: Output[] = [];

  beforeAll(async () => {
    // Its E1.31 input refuses the loopback interface.
    execFileSync("sh", [
      "-c",
      "ip link add v0 type veth peer name v1 && ip addr add 10.77.0.1/24 dev v0 && ip link set v0 up && ip link set v1 up",
    ]);
    await qlc.start();
  }, 120_000);
  afterEach(async () => {
    for (const output of open.splice(0)) await output.stop();
  });
  afterAll(async () => {
    await qlc.stop();
    rmSync(stateDir, { recursive: true });
  });

  async function startOs2l(settings: object): Promise<Output> {
    const config = Os2lConfig.parse({ type: "os2l", host: "127.0.0.1", port: OS2L_PORT, ...settings });
    const output = createOs2lOutput(config, testContext(stateDir));
    open.push(output);
    await output.start();
    await until("the connection", () => output.health().receiving === "receiving");
    return output;
  }

  /** Until one dimmer, from 1, shows this value. */
  async function showing(dimmer: number, value: number): Promise<void> {
    let seen: number | undefined;
    for (let attempt = 0; attempt < 200 && seen !== value; attempt++) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      seen = (await qlc.dimmers())[dimmer - 1];
    }
    expect(seen).toBe(value);
  }

  describe("QLC+", () => {
    test("toggles a scene on every OS2L beat, none of them lost", async () => {
      const output = await startOs2l({});
      const before = qlc.beats();

      output.beat(cueWith());
      await showing(1, 255);
      output.beat(cueWith({ beatInBar: 2 }));
      await showing(1, 0);
      for (let i = 0; i < 20; i++) {
        output.beat(cueWith({ beatInBar: 0 }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await until("all beats", () => qlc.beats() >= before + 22);

      // Its engine runs at 50 Hz: what two beats within one of its steps do to the scene is its own affair.
      expect(qlc.beats()).toBe(before + 22);
    });

    test("flashes a scene while the output is in the mode of its button", async () => {
      const output = await startOs2l({ buttons: [{ name: "Drop", when: "holding" }] });

      output.mode("holding");
      await showing(2, 200);
      output.mode("following");
      await showing(2, 0);
    });

    test("lets go of a button when the output stops", async () => {
      const output = await startOs2l({ buttons: [{ name: "Drop", when: "holding" }] });
      output.mode("holding");
      await showing(2, 200);

      await output.stop();

      await showing(2, 0);
    });

    test("moves a slider with the level, and to zero when the music is gone", async () => {
      const output = await startOs2l({ commands: [{ id: 5, value: "level" }] });
      expect(output.frameRateHz).toBe(20);

      output.frame({ ...pose, level: 0.6 });
      await showing(3, 60);
      output.mode("idle");
      await showing(3, 0);
    });

    test("shows a channel that comes over sACN", async () => {
      const config = SacnConfig.parse({ type: "sacn", universes: [2], hosts: ["10.77.0.1"] });
      const channels = new Uint8Array(512);
      channels[0] = 77;
      const context = {
        ...testContext(stateDir),
        dmx: { universes: [2], render: () => {}, beat: () => {}, channels: () => channels },
      };
      const output = createSacnOutput(config, context);
      open.push(output);
      await output.start();
      output.mode("following");
      const frames = setInterval(() => output.frame({ ...pose, at: monotonic() }), 25);

      await showing(4, 77).finally(() => clearInterval(frames));
    });
  });
}
