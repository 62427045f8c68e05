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

/** Tests of the device that start no sound of their own, or only count its beats. */
const FLEET = [
  ...["tuf-*", "claim*", "cloud-tls", "rotation", "simulate", "update-trouble", "twin", "state-folder"],
  ...["model-cloud", "model-power-cut", "loss", "device-cloud"],
].map((name) => `device/test/${name}.test.ts`);

const oneAtATime = { testTimeout: 120_000, maxWorkers: 1, sequence: { groupOrder: 1 } };

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
          ...oneAtATime,
          name: "system",
          // Real-time audio, brokers and outputs: what looks at the clock.
          include: [`{shared,device,firmware-bridge}/test/**/${TESTS}`],
          exclude: [...common.exclude, ...FLEET],
        },
      },
      {
        extends: true,
        test: {
          ...common,
          ...oneAtATime,
          name: "fleet",
          // Databases, processes, signatures and browsers: what waits for what comes; beside the system tests.
          include: [`{cloud,cloud/dashboard}/test/**/${TESTS}`, ...FLEET],
        },
      },
    ],
  },
});
