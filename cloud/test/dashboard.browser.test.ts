import { rm } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaintsOf, launchBrowser, missing } from "./browser.js";
import { type CloudUnderTest, eventually, newDataDir, startTestCloud, withCloud } from "./cloud-under-test.js";
import { beatAt, SimulatedDevice } from "./simulated-device.js";

let browser: Browser;
beforeAll(async () => {
  if (!missing) browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** A playing room and a page that shows it. Fails on anything the page complains about or asks of other hosts. */
async function withPage(
  body: (parts: { page: Page; device: SimulatedDevice; cloud: CloudUnderTest }) => Promise<void>,
) {
  await withCloud(async (cloud) => {
    const device = new SimulatedDevice({ cloud, bpm: 100 });
    await device.connect();
    await eventually(() => cloud.board.detail(device.id)?.override, "the device is known");
    const page = await browser.newPage();
    const complaints = complaintsOf(page, cloud.url);
    try {
      await body({ page, device, cloud });
      expect(complaints).toEqual([]);
    } finally {
      await page.close();
      await device.disconnect();
    }
  });
}

/** In the page: notes what the beat text says each time it changes, with the page's epoch milliseconds. */
const NOTE_BEAT_TEXT = `
  window.said = [];
  const element = document.querySelector('[data-testid="beat-text"]');
  new MutationObserver(() => {
    window.said.push([performance.timeOrigin + performance.now(), element.textContent]);
  }).observe(element, { childList: true, characterData: true, subtree: true });
`;

async function watchBeatText(page: Page): Promise<() => Promise<[number, string][]>> {
  await page.evaluate(NOTE_BEAT_TEXT);
  return () => page.evaluate<[number, string][]>("window.said");
}

describe.skipIf(missing !== "")(`dashboard in a browser${missing}`, () => {
  it("moves the bar and the beat when announced beats fall, each in its own moment", async () => {
    await withPage(async ({ page, device, cloud }) => {
      await page.goto(`${cloud.url}/devices/${device.id}`);
      await page.getByText("No music in the room").waitFor();
      const said = await watchBeatText(page);

      const firstUs = (Date.now() + 1500) * 1000;
      for (let index = 0; index < 8; index++) {
        await device.say("beat", device.prediction(index, firstUs + index * 600_000));
      }
      await eventually(async () => (await said()).length >= 8, "eight beats have fallen on the page");

      const seen = (await said()).slice(0, 8);
      expect(seen.map(([, text]) => text)).toEqual([
        "Bar 1 · beat 1 of 4",
        "Bar 1 · beat 2 of 4",
        "Bar 1 · beat 3 of 4",
        "Bar 1 · beat 4 of 4",
        "Bar 2 · beat 1 of 4",
        "Bar 2 · beat 2 of 4",
        "Bar 2 · beat 3 of 4",
        "Bar 2 · beat 4 of 4",
      ]);
      const errors = seen.map(([atMs], index) => atMs - (firstUs / 1000 + index * 600));
      const median = [...errors].sort((a, b) => a - b)[4] ?? Number.NaN;
      expect(median).toBeGreaterThan(-40);
      expect(median).toBeLessThan(250); // a frame on a quiet machine; this one may be busy
    });
  });

  it("sends a tap and other commands to the device and shows what it acknowledges", async () => {
    await withPage(async ({ page, device, cloud }) => {
      await page.goto(`${cloud.url}/devices/${device.id}`);
      await page.getByLabel("Your name").fill("Ada");
      await page.getByLabel("Your name").press("Enter");
      const before = Date.now() * 1000;
      await page.keyboard.press("Space");
      await page.getByText("Tap: done").waitFor();
      await page.getByRole("button", { name: "Tap" }).click();
      await eventually(() => device.commands.length === 2, "the second tap");
      await page.getByRole("button", { name: "Hold" }).click();
      await page.getByTestId("hand").getByText("Tempo held · Ada").waitFor();
      await page.keyboard.press("ArrowRight");
      await page.getByTestId("hand").getByText("moved later by 10 ms").waitFor();
      await page.keyboard.press("s");
      await page.getByText("Shift bar: The bar is locked").waitFor();
      await page.keyboard.press("b");
      await page.getByTestId("hand").getByText("Blackout · Ada").waitFor();
      await page.keyboard.press("b");
      await page.keyboard.press("r");
      await page.getByTestId("hand").getByText("Automatic").waitFor();

      expect(device.commands.map(({ by }) => by).every((by) => by === "Ada")).toBe(true);
      const [tap, secondTap, ...others] = device.commands.map(({ command }) => command);
      expect(tap?.action === "tap" && tap.atUs !== undefined && Math.abs(tap.atUs - before) < 10_000_000).toBe(true);
      expect(secondTap?.action).toBe("tap");
      expect(others).toEqual([
        { action: "hold" },
        { action: "nudge", ms: 10 },
        { action: "shift", beats: 1 },
        { action: "blackout", on: true },
        { action: "blackout", on: false },
        { action: "release" },
      ]);
      expect(await page.getByRole("button", { name: "Hold" }).getAttribute("aria-pressed")).toBe("false");
    });
  });

  it("types into a field without commanding the room", async () => {
    await withPage(async ({ page, device, cloud }) => {
      await page.goto(`${cloud.url}/devices/${device.id}`);
      await page.getByLabel("Your name").fill("");
      await page.getByLabel("Your name").pressSequentially("h d b r 1");
      await page.getByTestId("state").getByText("Online").waitFor();

      expect(device.commands).toEqual([]);
    });
  });

  it("lists the rooms, leads to one by keyboard, and says when it goes offline", async () => {
    await withPage(async ({ page, device, cloud }) => {
      await page.goto(cloud.url);
      await page.getByRole("link", { name: /Test room/ }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Test room" }).waitFor();
      device.vanish();
      await page.getByText("This room is offline").waitFor();
      await page.getByText("commands would come too late").waitFor();

      expect(await page.getByRole("button", { name: "Tap" }).isDisabled()).toBe(true);
    });
  });

  it("plots stored beats and tells them in words", async () => {
    await withPage(async ({ page, device, cloud }) => {
      const startUs = (Date.now() - 120_000) * 1000;
      await device.sendHistory(
        0,
        Array.from({ length: 200 }, (_, index) => beatAt(startUs + index * 500_000)),
      );
      await eventually(() => device.acks.length === 1, "stored");
      await page.goto(`${cloud.url}/devices/${device.id}`);

      await page.getByTestId("history-summary").getByText("200 beats, 120.0 to 120.0 BPM").waitFor();
      await page.getByText("200 beats kept").waitFor();
    });
  });

  it("finds the cloud again after a restart, and goes on showing the room", async () => {
    const dataDir = await newDataDir();
    const first = await startTestCloud(dataDir);
    const connected = async (cloud: CloudUnderTest) => {
      const device = new SimulatedDevice({ cloud });
      await device.connect();
      return device;
    };
    const device = await connected(first);
    await eventually(() => first.board.detail(device.id)?.status, "the device is known");
    const page = await browser.newPage();
    await page.goto(`${first.url}/devices/${device.id}`);
    await page.getByText("Live", { exact: true }).waitFor();
    await device.disconnect();
    await first.stop();
    await page.getByText("Connection lost").waitFor();

    const second = await startTestCloud(dataDir, Number(new URL(first.url).port));
    const again = await connected(second);
    await page.getByText("Live", { exact: true }).waitFor();
    await again.say("tempo", { v: 1, bpm: 123.4, state: "tracking" });
    await page.getByTestId("bpm").getByText("123.4").waitFor();

    await page.close();
    await again.disconnect();
    await second.stop();
    await rm(dataDir, { recursive: true });
  });
});
