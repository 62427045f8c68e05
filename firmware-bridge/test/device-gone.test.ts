import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { BridgeConfig } from "../src/config.js";
import type { MemoryOutput } from "../src/outputs/memory/index.js";
import { Bridge } from "../src/runtime.js";
import { DeviceProcess, eventually } from "./device-process.js";

const cleanups: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const clean of cleanups) await clean();
});

it("a bridge whose device dies runs on by its beat clock, then does what each output was told", async () => {
  const device = await DeviceProcess.start();
  const gone = (end: string) => ({ freeRunBars: 3, end, fadeMs: 300 });
  const config = BridgeConfig.parse({
    mqtt: { url: device.url, ...device.login },
    stateDir: join(device.folder, "bridge"),
    outputs: {
      fades: { type: "memory", policy: { whenGone: gone("fade") } },
      holds: { type: "memory", policy: { whenGone: gone("hold") } },
      releases: { type: "memory", policy: { whenGone: gone("release") } },
    },
  });
  const bridge = new Bridge({ config, folder: device.folder, log: { info: () => {}, warn: () => {} } });
  await bridge.start();
  cleanups.push(() => bridge.stop());
  const [fades, holds, releases] = bridge.outputs.map(({ output }) => output as MemoryOutput);
  await eventually(() => (fades?.cues.length ?? 0) > 8 && fades?.modes.at(-1) === "following", "beats are followed");

  await device.stop();

  await eventually(() => fades?.modes.at(-1) === "idle", "the fade is over");
  await eventually(() => holds?.modes.at(-1) === "holding", "the look is held");
  await eventually(() => releases?.modes.at(-1) === "released", "control is handed back");
  expect(fades?.modes.slice(-3)).toEqual(["free-running", "fading", "idle"]);
  const dues = fades?.cues.map(({ cue }) => cue.dueAt) ?? [];
  const gaps = dues.slice(1).map((due, index) => due - (dues[index] ?? 0));
  const ownBeats = fades?.cues.filter(({ cue }) => cue.source === "free-running") ?? [];
  expect(ownBeats.length).toBeGreaterThan(4);
  expect(Math.max(...gaps)).toBeLessThan(0.95); // about 134 beats a minute, none left out
});
