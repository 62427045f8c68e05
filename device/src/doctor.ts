/** The command `tactus doctor`: what is wrong with this box, in words, and what to do about it. */
import { TactusError } from "@tactus/shared";
import { DeviceConfig, loadConfig } from "./config.js";
import { type Finding, type FindingState, ok, problem } from "./doctor/finding.js";
import { checkInstallation } from "./doctor/install-checks.js";
import { checkSound } from "./doctor/sound-checks.js";
import { checkSystem } from "./doctor/system-checks.js";

export interface DoctorOptions {
  /** Configuration file; absent = the default one, where there is one. */
  config?: string | undefined;
  /** Listen to this instead of the configured source. */
  source?: string | undefined;
  backend?: string | undefined;
  /** Print one JSON object {ok, findings} instead of lines. Default false. */
  json?: boolean | undefined;
  /** One line of output. */
  print: (line: string) => void;
}

/** Resolves with the exit code: 1 when there is a problem, 0 when there are at most warnings. Takes some ten seconds. */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const findings: Finding[] = [];
  const found = (finding: Finding) => {
    findings.push(finding);
    if (!options.json) options.print(lineOf(finding));
  };
  const { config, finding } = await configOrDefaults(options);
  found(finding);
  const checks = [() => checkSystem(), () => checkInstallation(config), () => checkSound(config)];
  for (const check of checks) for (const result of await check()) found(result);
  const count = (state: FindingState) => findings.filter((candidate) => candidate.state === state).length;
  const isWell = count("problem") === 0;
  if (options.json) options.print(JSON.stringify({ ok: isWell, findings }, null, 2));
  else options.print(`Problems: ${count("problem")}, warnings: ${count("warning")}`);
  return isWell ? 0 : 1;
}

/** A broken configuration is a finding; the rest of the box can be looked at all the same. */
async function configOrDefaults(options: DoctorOptions): Promise<{ config: DeviceConfig; finding: Finding }> {
  const { source, backend } = options;
  const overrides = { ...(source === undefined ? {} : { source }), ...(backend === undefined ? {} : { backend }) };
  try {
    const config = await loadConfig({ file: options.config, overrides });
    return { config, finding: ok("configuration", `source "${config.source}", MQTT port ${config.mqtt.port}`) };
  } catch (error) {
    if (!(error instanceof TactusError)) throw error;
    const remedy = "Put it right, or delete it to begin with the defaults";
    return { config: DeviceConfig.parse(overrides), finding: problem("configuration", error.message, remedy) };
  }
}

function lineOf({ state, subject, message, remedy }: Finding): string {
  return `${state.padEnd(8)} ${subject}: ${message}${remedy && state !== "ok" ? `\n         → ${remedy}` : ""}`;
}
