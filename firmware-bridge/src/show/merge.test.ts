import { describe, expect, test } from "vitest";
import type { IncomingUniverse } from "../receive/incoming-universe.js";
import { Merge } from "./merge.js";
import { MergeConfig } from "./rig-config.js";

/** One universe with a desk that a test can move. */
function rig(settings: object = {}) {
  const sources: IncomingUniverse[] = [];
  const config = MergeConfig.parse(settings);
  const merge = new Merge({ config, universes: [3], sources: [{ universe: () => sources }] });
  const out = new Uint8Array(512);
  return {
    merge,
    desk: (values: number[], { at = 0, priority = 100, source = "desk" } = {}) => {
      const others = sources.filter((one) => one.source !== source);
      sources.length = 0;
      sources.push(...others, { universe: 3, source, priority, channels: Uint8Array.from(values), receivedAt: at });
    },
    leave: () => {
      sources.length = 0;
    },
    sent: (own: number[], at = 0) => {
      const bytes = new Uint8Array(512);
      bytes.set(own);
      merge.merge({ own: bytes, out, at });
      return Array.from(out.subarray(0, own.length));
    },
  };
}

describe("merge", () => {
  test("without a desk the engine's own values go out", () => {
    expect(rig().sent([1, 2, 3])).toEqual([1, 2, 3]);
  });

  test("HTP: the higher value of each channel", () => {
    const { desk, sent } = rig();
    desk([200, 10]);

    expect(sent([100, 100, 100])).toEqual([200, 100, 100]);
  });

  test("a desk of higher priority has the channels it sends whole", () => {
    const { desk, sent } = rig();
    desk([0, 10], { priority: 101 });

    expect(sent([100, 100, 100])).toEqual([0, 10, 100]);
  });

  test("a desk of lower priority is not heard", () => {
    const { desk, sent } = rig();
    desk([200, 200], { priority: 99 });

    expect(sent([100, 100])).toEqual([100, 100]);
  });

  test("of two desks the one of higher priority is heard; equals meet by HTP", () => {
    const { desk, sent } = rig();
    desk([200, 0], { priority: 100, source: "one" });
    desk([0, 150], { priority: 100, source: "two" });
    const equals = sent([1, 1]);
    desk([7, 7], { priority: 150, source: "two" });

    expect([equals, sent([1, 1])]).toEqual([
      [200, 150],
      [7, 7],
    ]);
  });

  test("LTP: the desk has a channel from the moment it moves it, the engine again from its next cue", () => {
    const { desk, sent, merge } = rig({ rule: "ltp" });
    desk([50, 50]);
    const arrived = sent([100, 100]);
    desk([60, 50]);
    const moved = sent([100, 100]);
    const stays = sent([110, 110]);
    merge.claim();

    expect([arrived, moved, stays, sent([120, 120])]).toEqual([
      [100, 100],
      [60, 100],
      [60, 110],
      [120, 120],
    ]);
  });

  test("ranges have rules of their own", () => {
    const ranges = [
      { universe: 3, from: 2, to: 2, rule: "desk" },
      { universe: 3, from: 3, to: 3, rule: "engine" },
      { universe: 4, from: 1, to: 512, rule: "desk" },
    ];
    const { desk, sent } = rig({ ranges });
    desk([9, 9, 200]);

    expect(sent([100, 100, 100])).toEqual([100, 9, 100]);
  });

  test("a desk that falls silent gives control back over the fade, without a step", () => {
    const { desk, sent } = rig({ fadeS: 2, lostAfterS: 2.5 });
    desk([200], { at: 0, priority: 150 });
    sent([0], 2.4);

    expect([sent([0], 2.5), sent([0], 3.4), sent([0], 4.4), sent([0], 9)]).toEqual([[190], [100], [0], [0]]);
  });

  test("a desk that ends its stream does so too, and may come back", () => {
    const { desk, sent, leave } = rig({ fadeS: 1 });
    desk([200], { priority: 150 });
    sent([0], 0);
    leave();
    const half = sent([0], 0.5);
    desk([80], { at: 0.6, priority: 150 });

    expect([half, sent([0], 0.6)]).toEqual([[100], [80]]);
  });
});
