/** Words of what surrounds every page. */
import type { Link } from "../store.js";
import type { ThemeChoice } from "../theme.js";

export const app = {
  app: {
    name: "Tactus",
    skip: "Skip to the content",
    fleet: "Rooms",
    notFound: "There is no such page",
    notFoundWhy: "The address is not one of this cloud's pages.",
  },
  link: {
    connecting: "Connecting …",
    open: "Live",
    lost: "Connection lost, trying again …",
  } satisfies Record<Link, string>,
  theme: {
    label: (choice: ThemeChoice) =>
      `Colours: ${{ system: "Auto, as the system has it", dark: "Dark", light: "Light" }[choice]}`,
    short: { system: "Auto", dark: "Dark", light: "Light" } satisfies Record<ThemeChoice, string>,
  },
  ago: {
    now: "just now",
    seconds: (count: number) => `${count} s ago`,
    minutes: (count: number) => `${count} min ago`,
    hours: (count: number) => `${count} h ago`,
    days: (count: number) => `${count} d ago`,
  },
} as const;
