import { outputCases } from "../output.cases.js";
import { createMemoryOutput } from "./index.js";

outputCases({
  name: "memory",
  open: () => {
    const config = { type: "memory", frameRateHz: 44, leadMs: 0 } as const;
    const output = createMemoryOutput(config, { now: () => performance.now() / 1000 });
    return { output, triggers: () => output.cues.length };
  },
});
