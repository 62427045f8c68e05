#!/usr/bin/env node
/** Starts everything, opens the page of the demonstration's device in Chromium and takes the README's picture. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const BIN = fileURLToPath(new URL("../bin/tactus.mjs", import.meta.url));
const PICTURE = fileURLToPath(new URL("../docs/images/device-page.png", import.meta.url));
const BROWSERS = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
};
/** Long enough that tempo and history have something to show. */
const SETTLE_MS = Number(process.argv[2] ?? 30) * 1000;

/** Resolves to the address that `tactus up` prints. */
async function pageOf(system) {
  for await (const line of createInterface({ input: system.stdout })) {
    const address = /Page\s+(http\S+)/.exec(line)?.[1];
    if (address) return address;
  }
  throw new Error("tactus up ended before it was up");
}

async function takePicture(address) {
  const browser = await chromium.launch(BROWSERS);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on("pageerror", (error) => console.error(`Page: ${error.message}`));
    await page.goto(address);
    await sleep(SETTLE_MS);
    mkdirSync(dirname(PICTURE), { recursive: true });
    await page.screenshot({ path: PICTURE });
  } finally {
    await browser.close();
  }
}

const state = mkdtempSync(join(tmpdir(), "tactus-picture-"));
const system = spawn(process.execPath, [BIN, "up", "--state-dir", state], { stdio: ["ignore", "pipe", "inherit"] });
const ended = new Promise((resolve) => system.once("exit", resolve));
try {
  await takePicture(await pageOf(system));
  console.log(PICTURE);
} finally {
  system.kill("SIGTERM");
  await ended;
  rmSync(state, { recursive: true, force: true });
}
