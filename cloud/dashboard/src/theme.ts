/** Dark, light, or as the system has it; kept in this browser. */

export type ThemeChoice = "system" | "dark" | "light";

const KEY = "tactus-theme";
const CHOICES: readonly ThemeChoice[] = ["system", "dark", "light"];
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

export function themeChoice(): ThemeChoice {
  const kept = localStorage.getItem(KEY) as ThemeChoice | null;
  return kept && CHOICES.includes(kept) ? kept : "system";
}

export const nextTheme = (choice: ThemeChoice): ThemeChoice =>
  CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? "system";

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(KEY, choice);
  applyTheme();
}

/** Call once before the page is drawn; follows the system from then on. */
export function startTheme(): void {
  applyTheme();
  systemDark.addEventListener("change", applyTheme);
}

function applyTheme(): void {
  const choice = themeChoice();
  document.documentElement.dataset.theme = choice === "system" ? (systemDark.matches ? "dark" : "light") : choice;
  window.dispatchEvent(new Event("tactus-theme"));
}

/** Calls when colours have changed, for what is drawn by hand. Returns how to stop. */
export function onThemeChange(changed: () => void): () => void {
  window.addEventListener("tactus-theme", changed);
  return () => window.removeEventListener("tactus-theme", changed);
}

/** The present value of a colour in tokens.css, for canvases. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
