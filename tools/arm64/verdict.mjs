/** What one step of the smoke test came to. */

/** A step that failed, with the program's own words. */
export class StepError extends Error {
  constructor(message, log = "") {
    super(message);
    this.name = "StepError";
    this.log = log;
  }
}

/** A step that cannot be done here, which is not a failure. */
export class StepSkipped extends Error {}

export function failIf({ code, output }, what) {
  if (code !== 0) throw new StepError(`${what}: exit code ${code}`, output);
}

const LOG_LINES = 30;

/** Runs one step, prints its verdict, resolves to "ok", "skip" or "FAIL". */
export async function step(name, work) {
  const began = performance.now();
  const print = (verdict, note) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    console.log(`${verdict.padEnd(5)} ${name.padEnd(12)} ${seconds} s  ${note ?? ""}`.trimEnd());
    return verdict;
  };
  try {
    return print("ok", await work());
  } catch (error) {
    if (error instanceof StepSkipped) return print("skip", error.message);
    print("FAIL", error.message);
    const log = error instanceof StepError ? error.log : error.stack;
    if (log) console.log(log.trimEnd().split("\n").slice(-LOG_LINES).join("\n"));
    return "FAIL";
  }
}
