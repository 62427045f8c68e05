/** The computer itself: Node.js, word size, C library, processor, heat and power, the clock. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { type Finding, ok, problem, warning } from "./finding.js";

const OLDEST_NODE = "20.19";
/** onnxruntime-node is built against it. */
const OLDEST_GLIBC = "2.28";
const HOT_CELSIUS = 80;

export async function checkSystem(): Promise<Finding[]> {
  return [
    nodeFinding(process.versions.node),
    archFinding(process.arch),
    glibcFinding(glibcVersion()),
    clockFinding(await isClockSynchronised(), new Date()),
    governorFinding(await readLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
    ...heatFindings(await readLine("/sys/class/thermal/thermal_zone0/temp")),
    ...throttleFindings(await runLine("vcgencmd", ["get_throttled"])),
  ];
}

export function nodeFinding(version: string): Finding {
  if (isAtLeast(version, OLDEST_NODE)) return ok("Node.js", version);
  return problem("Node.js", `${version} is too old`, `Install Node.js ${OLDEST_NODE} or newer`);
}

export function archFinding(arch: string): Finding {
  if (arch === "x64" || arch === "arm64") return ok("processor", `${arch}, 64 bit`);
  return problem(
    "processor",
    `${arch} has no 64-bit runtime for the model`,
    "Install a 64-bit system and 64-bit Node.js",
  );
}

export function glibcFinding(version: string | undefined): Finding {
  if (version && isAtLeast(version, OLDEST_GLIBC)) return ok("C library", `glibc ${version}`);
  const found = version ? `glibc ${version} is too old` : "not glibc (Alpine uses musl)";
  return problem(
    "C library",
    found,
    `Use a system with glibc ${OLDEST_GLIBC} or newer: Debian 11, Raspberry Pi OS Bullseye`,
  );
}

/** `synchronised`: undefined = nobody here knows. */
export function clockFinding(synchronised: boolean | undefined, now: Date): Finding {
  const remedy = "Connect the network once, and see timedatectl; or sudo apt install chrony";
  if (now.getUTCFullYear() < 2025) return problem("clock", `it shows ${now.toISOString()}, which is long past`, remedy);
  if (synchronised) return ok("clock", "synchronised");
  if (synchronised === false) return warning("clock", "not synchronised: stamps are marked so, updates wait", remedy);
  return warning("clock", "neither timedatectl nor chronyc can tell whether it is synchronised", remedy);
}

export function governorFinding(governor: string | undefined): Finding {
  if (governor !== "powersave")
    return ok("processor speed", governor ? `governor "${governor}"` : "not changed by the system");
  return warning(
    "processor speed",
    'governor "powersave" keeps it at its lowest',
    "echo ondemand | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
  );
}

/** `reading`: thousandths of a degree, as Linux gives it. */
export function heatFindings(reading: string | undefined): Finding[] {
  const celsius = Number(reading) / 1000;
  if (reading === undefined || !(celsius > 0)) return [];
  if (celsius < HOT_CELSIUS) return [ok("temperature", `${celsius.toFixed(0)} °C`)];
  return [
    warning("temperature", `${celsius.toFixed(0)} °C: it will slow itself down`, "Give the box air or a heat sink"),
  ];
}

/** `reading`: "throttled=0x50005" of vcgencmd: bits 0–3 now, 16–19 since the start. */
export function throttleFindings(reading: string | undefined): Finding[] {
  const bits = Number(/throttled=(0x[0-9a-f]+)/i.exec(reading ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(bits)) return [];
  const names = ["under-voltage", "capped frequency", "throttled", "too hot"];
  const present = names.filter((_, i) => bits & (1 << i));
  const past = names.filter((_, i) => bits & (1 << (i + 16)));
  const remedy = "Use the power supply made for this board, and give it air";
  if (present.length > 0) return [problem("power", `${present.join(", ")} right now: beats will be late`, remedy)];
  if (past.length > 0) return [warning("power", `${past.join(", ")} since the box was started`, remedy)];
  return [ok("power", "no under-voltage and no throttling since the start")];
}

export function isAtLeast(version: string, oldest: string): boolean {
  const [have, need] = [version, oldest].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (const [i, part] of need.entries()) if ((have[i] ?? 0) !== part) return (have[i] ?? 0) > part;
  return true;
}

function glibcVersion(): string | undefined {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime;
}

async function isClockSynchronised(): Promise<boolean | undefined> {
  const systemd = await runLine("timedatectl", ["show", "--property=NTPSynchronized", "--value"]);
  if (systemd === "yes" || systemd === "no") return systemd === "yes";
  const chrony = await runLine("chronyc", ["-c", "tracking"]);
  // The last field is the leap status.
  return chrony === undefined ? undefined : !chrony.endsWith("Not synchronised");
}

async function readLine(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
}

async function runLine(program: string, args: string[]): Promise<string | undefined> {
  return await promisify(execFile)(program, args, { timeout: 3000 }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
