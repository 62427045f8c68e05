/** A Chromium that looks at the built dashboard, and everything a page complains about. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const BUILT = existsSync(fileURLToPath(new URL("../dashboard/dist/index.html", import.meta.url)));

/** Why tests in a browser are skipped; empty when they are not. */
export const missing = CHROMIUM
  ? BUILT
    ? ""
    : " (SKIPPED: run npm run build first)"
  : " (SKIPPED: no chromium is installed)";

export function launchBrowser(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];
  return chromium.launch({ executablePath: CHROMIUM ?? "", args });
}

/** Errors of the page, and whatever it asks of other hosts than `url`; filled as they come. */
export function complaintsOf(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(`foreign: ${request.url()}`);
  });
  return complaints;
}
