/** What every output must do, whatever its protocol: one suite for all of them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BeatCue, BeatPose, Output, OutputMode } from "./output.js";

export interface OpenedOutput {
  /** Built, not started. */
  output: Output;
  /** How many beats its far end has got; undefined where nothing can be told. May wait for them to arrive. */
  triggers?: () => number | Promise<number>;
  /** After `stop`: did the far end get control back in the protocol's way? */
  handedBack?: () => boolean | Promise<boolean>;
  close?: () => Promise<void>;
}

export interface OutputCases {
  name: string;
  open: () => Promise<OpenedOutput> | OpenedOutput;
}

const MODES: OutputMode[] = ["following", "free-running", "holding", "fading", "idle", "released", "blackout"];

export const cueAt = (index: number, dueAt: number): BeatCue => ({
  beatId: `case-${index}`,
  dueAt,
  fireAt: dueAt,
  beatInBar: (index % 4) + 1,
  beatsPerBar: 4,
  bar: Math.floor(index / 4),
  bpm: 120,
  confidence: 0.9,
  energy: { low: 0.8, mid: 0.5, high: 0.3 },
  source: "announced",
});

export const poseAt = (at: number, mode: OutputMode = "following", level = 1): BeatPose => ({
  at,
  beatPosition: at * 2,
  beatPhase: (at * 2) % 1,
  barPhase: (at * 2) % 4,
  beatsPerBar: 4,
  bar: Math.floor(at / 2),
  bpm: 120,
  confidence: 0.9,
  energy: { low: 0.8, mid: 0.5, high: 0.3 },
  mode,
  level,
});

/** Monotonic seconds. */
const now = () => performance.now() / 1000;

/** Registers the suite; `open` is called anew for each case. */
export function outputCases({ name, open }: OutputCases): void {
  describe(`${name} as an output`, () => {
    let opened: OpenedOutput;
    let output: Output;
    beforeEach(async () => {
      opened = await open();
      output = opened.output;
    });
    afterEach(async () => {
      await output.stop();
      await opened.close?.();
    });

    it("says how often and how early it wants to be called", () => {
      expect(output.frameRateHz).toBeGreaterThanOrEqual(0);
      expect(output.frameRateHz).toBeLessThanOrEqual(1000);
      expect(output.leadS).toBeGreaterThanOrEqual(0);
      expect(output.leadS).toBeLessThanOrEqual(2);
    });

    it("takes calls before its start, after its stop, and a stop without a start", async () => {
      output.mode("following");
      output.beat(cueAt(0, now()));
      output.frame(poseAt(now()));
      await output.stop();

      expect(output.health().errors).toBeGreaterThanOrEqual(0);
    });

    it("starts, stops twice, and starts again", async () => {
      await output.start();
      await output.stop();
      await output.stop();
      await output.start();

      output.mode("following");
      output.beat(cueAt(0, now()));
      expect(output.health()).toBeDefined();
    });

    it("makes one trigger of one cue", async () => {
      await output.start();
      output.mode("following");
      for (let index = 0; index < 8; index++) {
        output.beat(cueAt(index, now() + output.leadS));
        output.frame(poseAt(now()));
        await new Promise((resolve) => setTimeout(resolve, 30));
      }

      if (opened.triggers) expect(await opened.triggers()).toBe(8);
    });

    it("goes through every mode without throwing, and shows it while it lasts", async () => {
      await output.start();
      for (const mode of [...MODES, ...MODES.toReversed()]) {
        output.mode(mode);
        output.frame(poseAt(now(), mode, mode === "fading" ? 0.5 : 1));
        if (mode === "following" || mode === "free-running") output.beat(cueAt(0, now()));
        output.frame(poseAt(now(), mode, mode === "idle" ? 0 : 1));
      }

      expect(output.health().lastError).toBeTypeOf("string");
    });

    it("hands back control when it stops", async () => {
      await output.start();
      output.mode("following");
      output.beat(cueAt(0, now()));
      output.frame(poseAt(now()));
      await output.stop();

      if (opened.handedBack) expect(await opened.handedBack()).toBe(true);
    });

    it("counts what it sends and what fails, and never counts backwards", async () => {
      await output.start();
      output.mode("following");
      let [sent, errors] = [0, 0];
      for (let index = 0; index < 5; index++) {
        output.beat(cueAt(index, now()));
        output.frame(poseAt(now()));
        const health = output.health();
        expect(health.sent).toBeGreaterThanOrEqual(sent);
        expect(health.errors).toBeGreaterThanOrEqual(errors);
        ({ sent, errors } = health);
      }
      expect(["receiving", "not-receiving", "unknown"]).toContain(output.health().receiving);
    });
  });
}
