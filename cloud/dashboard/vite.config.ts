import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** During development the page runs here and talks to a cloud on its usual port. */
const CLOUD = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "dist",
    target: "es2022",
    // The cloud's policy allows no inline scripts, and every file comes from itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { host: "127.0.0.1", proxy: { "/api": { target: CLOUD, ws: true } } },
});
