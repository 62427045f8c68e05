/** The page: colours, connection, routes. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/pages.css";
import "./styles/forms.css";
import "./styles/fleet.css";
import "./styles/tiles.css";
import "./styles/device.css";
import "./styles/panels.css";
import "./styles/lights.css";
import { CloudContext } from "./context.js";
import { LiveLink } from "./live.js";
import { startQueries } from "./queries.js";
import { router } from "./routes.js";
import { LiveStore } from "./store.js";
import { startTheme } from "./theme.js";

const store = new LiveStore();
const link = new LiveLink({ store, url: `${location.origin.replace(/^http/, "ws")}/api/v1/live` });
const queries = startQueries();

startTheme();
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
