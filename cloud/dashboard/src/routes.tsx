/** Every page and its address; each page is fetched when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFound } from "./components/not-found.js";
import { Shell } from "./components/shell.js";
import { fleetSearchOf } from "./fleet/fleet-search.js";
import { FleetPage } from "./pages/fleet-page.js";
import { wordsOf } from "./search-words.js";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const fleet = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: FleetPage,
  validateSearch: fleetSearchOf,
});
const device = createRoute({
  getParentRoute: () => root,
  path: "/devices/$id",
  component: lazyRouteComponent(() => import("./pages/device-route.js"), "DeviceRoute"),
});
const claim = createRoute({
  getParentRoute: () => root,
  path: "/claim",
  component: lazyRouteComponent(() => import("./pages/claim-page.js"), "ClaimPage"),
});
const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./pages/welcome-page.js"), "WelcomePage"),
});
const alerts = createRoute({
  getParentRoute: () => root,
  path: "/alerts",
  component: lazyRouteComponent(() => import("./pages/alerts-page.js"), "AlertsPage"),
  validateSearch: wordsOf("tab", "state", "severity", "device", "rule"),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  component: lazyRouteComponent(() => import("./pages/audit-page.js"), "AuditPage"),
  validateSearch: wordsOf("subject", "by", "action"),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings-page.js"), "SettingsPage"),
  validateSearch: wordsOf("tab", "venue"),
});

export const router = createRouter({
  routeTree: root.addChildren([fleet, device, claim, welcome, alerts, audit, settings]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
