/** The page: colours, connection, routes. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/fleet.css";
import "./styles/device.css";
import "./styles/panels.css";
import "./styles/lights.css";
import { Shell } from "./components/shell.js";
import { CloudContext } from "./context.js";
import { LiveLink } from "./live.js";
import { DevicePage } from "./pages/device-page.js";
import { FleetPage } from "./pages/fleet-page.js";
import { LiveStore } from "./store.js";
import { startTheme } from "./theme.js";

const root = createRootRoute({ component: Shell });
const fleet = createRoute({ getParentRoute: () => root, path: "/", component: FleetPage });
const device = createRoute({ getParentRoute: () => root, path: "/devices/$id", component: DeviceRoute });
const router = createRouter({ routeTree: root.addChildren([fleet, device]) });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function DeviceRoute() {
  const { id } = device.useParams();
  return <DevicePage key={id} id={id} />;
}

const store = new LiveStore();
const link = new LiveLink({ store, url: `${location.origin.replace(/^http/, "ws")}/api/v1/live` });
const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } });

startTheme();
link.start();
const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
createRoot(place).render(
  <StrictMode>
    <CloudContext value={{ store, link }}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CloudContext>
  </StrictMode>,
);
