import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const sourceOf = (workspace: string) => fileURLToPath(new URL(`./${workspace}/src/index.ts`, import.meta.url));

// Native modules (onnxruntime, SQLite, PortAudio) abort the process when a thread that holds them is ended: forks only.
const common = {
  pool: "forks" as const,
  exclude: ["**/node_modules/**", "**/dist/**"],
  // Two cores are shared with whatever else the machine does.
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

const TESTS = "*.test.{ts,tsx,mjs}";

export default defineConfig({
  // A test of one workspace sees the sources of shared, built or not.
  resolve: { alias: [{ find: /^@tactus\/shared$/, replacement: sourceOf("shared") }] },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...common,
          name: "unit",
          include: [
            `{shared,device,cloud,firmware-bridge}/src/**/${TESTS}`,
            `cloud/dashboard/src/**/${TESTS}`,
            `{tools,bin}/**/${TESTS}`,
          ],
        },
      },
      {
        extends: true,
        test: {
          ...common,
          name: "system",
          // Brokers, databases, processes and real-time audio: one file at a time, after the unit tests.
          include: [`{shared,device,cloud,firmware-bridge}/test/**/${TESTS}`, `cloud/dashboard/test/**/${TESTS}`],
          testTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
