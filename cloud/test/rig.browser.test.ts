import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaintsOf, launchBrowser, missing } from "./browser.js";
import { eventually, newDataDir, withCloud } from "./cloud-under-test.js";
import { SimulatedBridge } from "./simulated-bridge.js";
import { SimulatedDevice } from "./simulated-device.js";

const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));
const MODEL = fileURLToPath(new URL("../../models/artifacts/beat/manifest.json", import.meta.url));

let browser: Browser;
beforeAll(async () => {
  if (!missing) browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** A room with a bridge of two pars, and a page that shows its rig. */
async function withRig(
  body: (parts: { page: Page; bridge: SimulatedBridge; device: SimulatedDevice }) => Promise<void>,
) {
  await withCloud(async (cloud) => {
    const device = new SimulatedDevice({ cloud });
    await device.connect();
    const bridge = new SimulatedBridge(device);
    await bridge.start();
    await eventually(() => cloud.board.detail(device.id)?.outputs.length, "the output is known");
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const complaints = complaintsOf(page, cloud.url);
    try {
      await page.goto(`${cloud.url}/devices/${device.id}`);
      await page.getByText("Virtual rig").scrollIntoViewIfNeeded();
      await body({ page, bridge, device });
      expect(complaints).toEqual([]);
    } finally {
      bridge.stop();
      await page.close();
      await device.disconnect();
    }
  });
}

const stateOf = (page: Page) => page.getByTestId("rig").getAttribute("data-state");

/** Colours on the stage, the most frequent first, without the greys of housings: "#ff0000". */
const ON_STAGE = `(() => {
  const canvas = document.querySelector("canvas.stage");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Map();
  for (let at = 0; at < data.length; at += 16) {
    const [red, green, blue] = data.subarray(at, at + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) < 60) continue;
    const hex = "#" + [red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("");
    seen.set(hex, (seen.get(hex) ?? 0) + 1);
  }
  return [...seen].sort((a, b) => b[1] - a[1]).map(([hex]) => hex);
})()`;
const coloursOnStage = (page: Page) => page.evaluate<string[]>(ON_STAGE);

describe.skipIf(missing !== "")(`virtual rig in a browser${missing}`, () => {
  it.skipIf(!existsSync(MODEL))(
    "changes colour with the music that a real device hears, by a real bridge",
    async () => {
      const stateDir = await newDataDir();
      const child = spawn(process.execPath, [BIN, "up", "--port", "0", "--state-dir", stateDir]);
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk) => {
          output += chunk;
        });
      const exited = once(child, "exit");
      const url = await eventually(() => {
        if (child.exitCode !== null) throw new Error(`It ended: ${output}`);
        return /Page\s+(http\S+)/.exec(output)?.[1];
      }, "it says where its page is");
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const complaints = complaintsOf(page, url);
      await page.goto(url);
      await page.getByText("Virtual rig").scrollIntoViewIfNeeded();
      await page.getByText("The bytes as they are sent.").waitFor();
      const seen = new Set<string>();
      await eventually(async () => {
        for (const colour of (await coloursOnStage(page)).slice(0, 3)) seen.add(colour);
        return seen.size > 8;
      }, "the lamps show many colours");
      await page.getByText("Lamps as a table").click();
      const lamps = page.locator("[data-lamp]");
      await lamps.first().waitFor();
      const names = await lamps.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-lamp")));
      await page.locator("[data-output='virtual-rig']").getByText("Receiving", { exact: true }).waitFor();
      await page.keyboard.press("b");
      await page.getByText("Blackout: the lamps are held dark by hand.").waitFor();
      await eventually(async () => (await coloursOnStage(page)).length === 0, "the stage is dark");
      await page.keyboard.press("b");
      await eventually(async () => (await coloursOnStage(page)).length > 0, "the lights are back");
      await page.close();
      child.kill("SIGINT");
      const [code] = await exited;

      expect(names).toEqual(["par-1", "par-2", "par-3", "par-4", "par-5", "par-6", "par-7", "par-8"]);
      expect(complaints).toEqual([]);
      expect(code).toBe(0);
      await rm(stateDir, { recursive: true });
    },
  );

  it("draws exactly the colours of the bytes, dimmed, and shows them as figures", async () => {
    await withRig(async ({ page, bridge }) => {
      bridge.bytes = [255, 64, 0, 51, 0, 255, 255];
      const isDrawn = async () => {
        const colours = await coloursOnStage(page);
        return colours.includes("#ff4000");
      };
      await eventually(isDrawn, "the left lamp is orange");
      await page.getByText("Lamps as a table").click();
      await page.locator("[data-lamp='right']").getByText("#003333").waitFor();
      await page.getByText("Channels of a universe").click();
      await page.getByLabel("Universe 1: 5 of 512 channels are above zero").waitFor();
      const figures = await page.getByTestId("channels").locator("i").allTextContents();

      expect(figures.slice(0, 8)).toEqual(["ff", "40", "00", "33", "00", "ff", "ff", "00"]);
    });
  });

  it("asks for bytes only while they can be seen", async () => {
    await withRig(async ({ page, bridge }) => {
      await eventually(() => bridge.watches.length >= 2, "it is asked, and asked again");
      await page.getByRole("link", { name: /All rooms/ }).click();
      await page.getByRole("heading", { name: "Rooms" }).waitFor();
      const asked = bridge.watches.length;
      await sleep(9000);

      expect(bridge.watches[0]).toEqual({ v: 1, name: "truss", forS: 8 });
      expect(bridge.watches[1]?.rig).toBe("two-pars");
      expect(bridge.watches.length).toBe(asked);
    });
  });

  it("says when all is dark, when no bytes come, and when the bridge is gone, and draws no light then", async () => {
    await withRig(async ({ page, bridge }) => {
      await page.getByText("All channels are at zero.").waitFor();
      bridge.bytes = [255, 0, 0];
      await page.getByText("The bytes as they are sent.").waitFor();
      bridge.stop();
      await page.getByText("No bytes come").waitFor();
      const colours = await coloursOnStage(page);
      await bridge.say({ sentAtUs: (Date.now() - 60_000) * 1000 });
      await page.getByText("The bridge is gone").waitFor();
      await page.locator("[data-output='truss']").getByText("Gone", { exact: true }).waitFor();

      expect(colours).toEqual([]);
      expect(await stateOf(page)).toBe("gone");
    });
  });
});
