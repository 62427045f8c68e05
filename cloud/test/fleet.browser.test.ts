import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { violationsOf } from "./axe.js";
import { complaintsOf, launchBrowser, missing } from "./browser.js";
import { ClaimingBox, pending } from "./claiming-box.js";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";
import { SimulatedDevice } from "./simulated-device.js";

const PASSWORD = "a correct horse";

let browser: Browser;
beforeAll(async () => {
  if (!missing) browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** A cloud nobody manages yet, and a page of it. Fails on anything the page complains about or asks of other hosts. */
async function withNewCloud(body: (parts: { page: Page; cloud: CloudUnderTest; shot: Shot }) => Promise<void>) {
  await withCloud(async (cloud) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(15_000);
    const complaints = complaintsOf(page, cloud.url);
    try {
      await body({ page, cloud, shot: (name) => shoot(page, name) });
      expect(complaints.filter((one) => !/status of 4\d\d/.test(one))).toEqual([]);
    } finally {
      await page.close();
    }
  });
}

type Shot = (name: string) => Promise<void>;

/** TACTUS_SHOTS names a folder for pictures of the pages, for people to look at. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.TACTUS_SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

async function makeAdmin(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/welcome`);
  await page.getByLabel("Your name").fill("Ada");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Make the first admin" }).click();
  await page.getByText("You are the admin of this cloud").waitFor();
}

describe.skipIf(missing !== "")(`fleet in a browser${missing}`, () => {
  it("leads from the first admin over a claimed box and its alert to the audit log", async () => {
    await withNewCloud(async ({ page, cloud, shot }) => {
      await page.goto(cloud.url);
      await page.getByRole("heading", { name: "No room has reported yet" }).waitFor();
      await shot("01-empty");
      await page.getByRole("link", { name: "Make the first admin" }).click();
      await page.getByLabel("Your name").fill("Ada");
      await page.getByLabel("Password").fill("short");
      await page.getByText("5 more").waitFor();
      await shot("02-welcome");
      await page.getByLabel("Password").fill("aaaaaaaaaaaa");
      await page.getByRole("button", { name: "Make the first admin" }).click();
      await page.getByText("The password is guessed at once").waitFor();
      expect(await page.getByLabel("Password").getAttribute("aria-invalid")).toBe("true");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Make the first admin" }).click();
      await page.getByText("You are the admin of this cloud").waitFor();

      const box = new ClaimingBox({ url: cloud.url, serial: "box-0815" });
      pending(await box.register());
      await page.getByRole("main").getByRole("link", { name: "Claim a box" }).click();
      await page.getByText("box-0815").waitFor();
      await page.getByLabel("Claim code").pressSequentially("abcd 2346");
      expect(await page.getByLabel("Claim code").inputValue()).toBe("ABCD-2346");
      await page.getByLabel("Venue").fill("Club Nord");
      await page.getByText("A new venue: club-nord").waitFor();
      await page.getByLabel("Name of the room").fill("Main floor");
      await page.getByText("club-nord.main-floor").waitFor();
      await page.getByLabel("Tags").fill("berlin beta");
      await shot("03-claim");
      await page.getByRole("button", { name: "Claim it" }).click();
      await page.locator(".wrong").first().waitFor();
      await page.getByLabel("Claim code").fill("abcd2345");
      await page.getByRole("button", { name: "Claim it" }).click();
      await page.getByRole("heading", { name: "Main floor" }).waitFor();
      expect(new URL(page.url()).pathname).toBe("/devices/club-nord.main-floor");

      const device = new SimulatedDevice({ cloud, venue: "club-nord", device: "main-floor", name: "Main floor" });
      await device.connect();
      await page.getByRole("link", { name: "Fleet" }).click();
      await page.getByText("1 of 1 online").waitFor();
      await device.say("alert/hot", {
        v: 1,
        id: "hot",
        severity: "critical",
        message: "The box is hot",
        remedy: "Give it air",
        sinceUs: Date.now() * 1000,
      });
      await page
        .getByRole("link", { name: /Main floor/ })
        .getByText("The box is hot")
        .waitFor();
      await shot("04-fleet-one");

      await page.getByRole("link", { name: /^Alerts/ }).click();
      const alert = page.getByRole("listitem").filter({ hasText: "The box is hot" });
      await alert.getByLabel("Note").fill("on my way");
      await alert.getByRole("button", { name: "Acknowledge" }).click();
      await alert.getByText("Acknowledged by Ada").waitFor();
      await shot("05-alerts");

      await page.getByRole("link", { name: "Audit" }).click();
      await page.getByRole("row", { name: /Ada alert.acknowledge/ }).waitFor();
      await page.getByRole("row", { name: /Ada device.claim club-nord.main-floor/ }).waitFor();
      await shot("06-audit");
      await device.disconnect();
    });
  }, 120_000);

  it("asks who it is when the session is over, and goes on where it was", async () => {
    await withNewCloud(async ({ page, cloud, shot }) => {
      await makeAdmin(page, cloud.url);
      await page.goto(`${cloud.url}/audit?action=user.begin`);
      await page.getByRole("row", { name: /user.begin/ }).waitFor();
      await page.context().clearCookies();
      await page.getByRole("button", { name: "Filter" }).waitFor();
      await page.getByLabel("Who, as in: Ada").fill("Ada");
      await page.getByRole("button", { name: "Filter" }).click();
      await page.getByRole("heading", { name: "Log in" }).waitFor();
      await page.getByText("Your session is over").waitFor();
      await page.getByLabel("Name").fill("Ada");
      await page.getByLabel("Password").fill("wrong password");
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByText("The name or the password is wrong").waitFor();
      await shot("07-login");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("row", { name: /Ada user.begin/ }).waitFor();
      expect(new URL(page.url()).search).toContain("by=Ada");

      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByRole("heading", { name: "Log in" }).waitFor();
    });
  }, 60_000);

  it("draws only the rows that are seen, filters by the address, and does one thing to many rooms and back", async () => {
    await withNewCloud(async ({ page, cloud, shot }) => {
      await makeAdmin(page, cloud.url);
      const devices = Array.from({ length: 1500 }, (_, index) => ({
        venue: `venue-${index % 30}`,
        device: `room-${index}`,
        tags: index % 2 === 0 ? ["even"] : ["odd"],
      }));
      for (const part of [devices.slice(0, 800), devices.slice(800)]) await provision(cloud, part);
      await page.goto(`${cloud.url}/?tag=even`);
      await page.getByText("Pick all 750 rooms shown").waitFor();
      expect(await page.locator(".rooms > li").count()).toBeLessThan(40);
      await page.mouse.wheel(0, 20_000);
      await eventually(
        async () => (await page.locator(".rooms > li").first().getAttribute("aria-posinset")) !== "1",
        "other rows are drawn",
      );
      expect(await page.locator(".rooms > li").count()).toBeLessThan(40);

      await page.getByLabel("Find a room").fill("venue-4 room-1");
      await eventually(() => page.url().includes("q=venue-4"), "the search stands in the address");
      await page.getByLabel(/^Pick all \d\d rooms shown/).check();
      await page.getByLabel("Tags, as in: berlin beta").fill("berlin");
      await page.getByRole("button", { name: /^Do it for/ }).click();
      await page.getByText(/Add tags: done for \d\d rooms/).waitFor();
      await shot("08-bulk");
      expect(await tagsOf(cloud, "venue-4.room-124")).toEqual(["berlin", "even"]);
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByText(/Undo: Add tags: done for/).waitFor();
      expect(await tagsOf(cloud, "venue-4.room-124")).toEqual(["even"]);

      await page.getByRole("button", { name: "Venues" }).click();
      await page.getByRole("heading", { name: /venue-4/ }).waitFor();
      expect(page.url()).toContain("view=grid");
    });
  }, 120_000);

  it("keeps people, keys, rules, configuration and venues", async () => {
    await withNewCloud(async ({ page, cloud, shot }) => {
      await makeAdmin(page, cloud.url);
      await provision(cloud, [{ venue: "club", device: "main", tags: [] }]);
      await page.goto(`${cloud.url}/settings?tab=users`);
      await page.getByLabel("Name", { exact: true }).fill("Bob");
      await page.getByLabel("First password").fill("another good one");
      await page.getByRole("button", { name: "Add user" }).click();
      await page.getByLabel("Role of Bob").selectOption("viewer");
      await shot("09-users");

      await page.getByRole("tab", { name: "API keys" }).click();
      await page.getByLabel("What for").fill("signage");
      await page.getByRole("button", { name: "Make key" }).click();
      const secret = await page.locator(".secret code").textContent();
      const answer = await fetch(`${cloud.url}/api/v1/devices`, { headers: { authorization: `Bearer ${secret}` } });
      expect(answer.status).toBe(200);
      await shot("10-keys");

      await page.getByRole("tab", { name: "Configuration" }).click();
      await page.getByLabel("Announced ahead, ms").fill("50");
      await page.getByLabel("Final before the beat, ms").fill("90");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText(/freezeMs 90 is more than leadMs 50/).waitFor();
      await page.getByLabel("Final before the beat, ms").fill("40");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText(/Version 1, by Ada/).waitFor();
      await shot("11-config");
      await page.getByRole("button", { name: "Undo this change" }).click();
      await page.getByText(/Version 2, by Ada/).waitFor();
      expect(await page.getByLabel("Announced ahead, ms").inputValue()).toBe("");

      await page.getByRole("tab", { name: "Venues" }).click();
      await page.getByLabel("Time zone").fill("Europe/Berlin");
      await page.getByRole("button", { name: "Save" }).first().click();
      await page.getByText("Saved").first().waitFor();
      await shot("12-venues");

      await page.goto(`${cloud.url}/alerts?tab=rules`);
      await page.getByLabel("hot: raise at").fill("70");
      await page.getByLabel("hot: clear at").fill("75");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText(/raise must lie above clear/).waitFor();
      await page.getByLabel("hot: clear at").fill("65");
      await page.getByRole("button", { name: "Save" }).click();
      await eventually(async () => (await page.locator(".wrong").count()) === 0, "the rules are saved");
      await shot("13-rules");
      expect(await page.getByLabel("hot: raise at").inputValue()).toBe("70");
    });
  }, 120_000);

  it.each(["light", "dark"] as const)(
    "breaks no rule of accessibility in %s colours",
    async (scheme) => {
      await withNewCloud(async ({ page, cloud, shot }) => {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        const found: Record<string, string[]> = {};
        const look = async (name: string, path: string, ready: string) => {
          await page.goto(`${cloud.url}${path}`);
          await page.getByText(ready).first().waitFor();
          const wrong = await violationsOf(page);
          if (wrong.length > 0) found[name] = wrong;
          await shot(`${scheme}-${name}`);
          await page.setViewportSize({ width: 390, height: 844 });
          const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
          if (wide > 390) found[`${name} on a phone`] = [`${wide} px wide`];
          await shot(`${scheme}-${name}-phone`);
          await page.setViewportSize({ width: 1280, height: 860 });
        };
        await look("empty", "/", "No room has reported yet");
        await look("welcome", "/welcome", "This cloud has no admin yet");
        await makeAdmin(page, cloud.url);
        const devices = await severalRooms(cloud);
        await look("fleet", "/", "Main floor");
        await look("grid", "/?view=grid", "Main floor");
        await look("claim", "/claim", "Boxes that wait");
        await look("alerts", "/alerts", "The box is hot");
        await look("rules", "/alerts?tab=rules", "late-hops");
        await look("notify", "/alerts?tab=notify", "Messages sent");
        await look("audit", "/audit", "user.begin");
        await look("account", "/settings", "As the system has it");
        await look("users", "/settings?tab=users", "Ada (you)");
        await look("keys", "/settings?tab=keys", "No key yet");
        await look("config", "/settings?tab=config", "Announced ahead");
        await look("venues", "/settings?tab=venues", "Maintenance windows");
        await page.context().clearCookies();
        await look("login", "/", "Log in");

        expect(found).toEqual({});
        await Promise.all(devices.map((device) => device.disconnect()));
      });
    },
    180_000,
  );
});

async function severalRooms(cloud: CloudUnderTest): Promise<SimulatedDevice[]> {
  const names = ["Main floor", "Bar", "Terrace"];
  const devices = names.map(
    (name, index) => new SimulatedDevice({ cloud, venue: "club", device: `room-${index}`, name, bpm: 118 + 4 * index }),
  );
  for (const device of devices) {
    await device.connect();
    await device.say("tempo", { v: 1, bpm: device.bpm, state: "tracking" });
  }
  await devices[1]?.say("alert/hot", {
    v: 1,
    id: "hot",
    severity: "warning",
    message: "The box is hot",
    remedy: "Give it air",
    sinceUs: Date.now() * 1000,
  });
  return devices;
}

async function provision(cloud: CloudUnderTest, devices: { venue: string; device: string; tags: string[] }[]) {
  const answer = await fetch(`${cloud.url}/api/v1/devices`, {
    method: "POST",
    headers: { authorization: `Bearer ${cloud.adminToken}`, "content-type": "application/json" },
    body: JSON.stringify({ devices }),
  });
  expect(answer.status).toBe(201);
}

async function tagsOf(cloud: CloudUnderTest, id: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${cloud.adminToken}` };
  const answer = await fetch(`${cloud.url}/api/v1/devices/${id}`, { headers });
  return ((await answer.json()) as { tags: string[] }).tags;
}
