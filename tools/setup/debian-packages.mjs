/** System libraries and programs, where the system is Debian or one of its children. */
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, say } from "./report.mjs";

/** `names`: the same thing under the names different releases give it; the first that is known is installed. */
const TOOLCHAIN = [
  { names: ["g++"], why: "compiling SQLite and the audio binding" },
  { names: ["make"], why: "compiling SQLite and the audio binding" },
  { names: ["python3"], why: "compiling SQLite and the audio binding" },
];
const SOUND = [{ names: ["libasound2t64", "libasound2"], why: "live sound" }];
/** The audio binding ships PortAudio for x86-64 only. */
const SOUND_ARM64 = [{ names: ["libportaudio2"], why: "live sound on ARM" }];
const TESTS = [
  { names: ["ffmpeg"], why: "tests that decode and pipe audio" },
  { names: ["alsa-utils"], why: "tests of live capture" },
  { names: ["libasound2-plugins"], why: "tests of live capture" },
  { names: ["pulseaudio"], why: "tests of live capture without a sound card" },
  { names: ["pulseaudio-utils"], why: "tests of live capture without a sound card" },
  { names: ["chromium", "chromium-browser"], why: "tests of the dashboard in a browser" },
  ...["iproute2", "util-linux", "python3-venv"].map((name) => ({
    names: [name],
    why: "tests in a network of their own",
  })),
  ...["ola", "qlcplus", "liblo-tools"].map((name) => ({ names: [name], why: "tests against real lighting programs" })),
  ...["avahi-daemon", "avahi-utils", "dbus-daemon"].map((name) => ({ names: [name], why: "tests of discovery" })),
  { names: ["ableton-link-dev"], why: "the helper for Ableton Link, and its tests" },
  ...["gcc-avr", "avr-libc", "binutils-avr", "simavr", "libsimavr-dev", "libelf-dev", "avrdude"].map((name) => ({
    names: [name],
    why: "tests of the firmware for AVR",
  })),
  ...["gcc-arm-none-eabi", "binutils-arm-none-eabi"].map((name) => ({
    names: [name],
    why: "tests of the firmware for RP2040",
  })),
  { names: ["socat"], why: "tests of serial lines" },
  { names: ["victoria-metrics"], why: "tests of history in InfluxDB's format" },
  { names: ["openssl"], why: "tests of signatures and certificates" },
];

const CROSS = [
  { names: ["qemu-user-static", "qemu-user"], why: "running ARM programs here" },
  { names: ["g++-aarch64-linux-gnu"], why: "compiling for ARM here" },
];

export function packagesFor(purpose, arch = process.arch) {
  if (purpose === "cross") return [...TOOLCHAIN, ...CROSS];
  const sound = arch === "arm64" ? [...SOUND, ...SOUND_ARM64] : SOUND;
  return purpose === "test" ? [...TOOLCHAIN, ...sound, ...TESTS] : [...TOOLCHAIN, ...sound];
}

/** Install what is missing when root; otherwise say what is missing and go on: most of it can be done without. */
export async function ensureDebianPackages({ root, purpose }) {
  if (!existsSync("/usr/bin/apt-get") || !existsSync("/usr/bin/dpkg-query")) return;
  const missing = await missingPackages(packagesFor(purpose));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) return sayMissing(missing, "not root");
  const failure = join(root, ".tactus/apt-failed");
  if (failedLately(failure)) return sayMissing(missing, `the last try failed; delete ${failure} to try again`);
  await install({ missing, failure });
}

async function missingPackages(packages) {
  const names = packages.flatMap((one) => one.names);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  const { output } = await run("dpkg-query", ["-W", "-f=${Package} ${db:Status-Status}\\n", ...names]);
  const installed = new Set(
    output
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return packages.filter((one) => !one.names.some((name) => installed.has(name)));
}

async function install({ missing, failure }) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-q", "-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=2"];
  say("asking Debian for its package lists");
  await run("apt-get", [...options, "update"], { env });
  const names = await Promise.all(missing.map((one) => knownName(one.names)));
  say(`installing ${names.join(", ")}`);
  const result = await run("apt-get", [...options, "install", "-y", "--no-install-recommends", ...names], { env });
  if (result.code === 0) return rmSync(failure, { force: true });
  mkdirSync(join(failure, ".."), { recursive: true });
  writeFileSync(failure, result.output);
  sayMissing(missing, `apt-get failed, its words are in ${failure}`);
}

/** libasound2 became libasound2t64 and lives on as a virtual name that apt may refuse to install. */
async function knownName(names) {
  for (const name of names) {
    const { output } = await run("apt-cache", ["policy", name]);
    if (/Candidate: \S/.test(output) && !output.includes("Candidate: (none)")) return name;
  }
  return names.at(-1);
}

/** An offline machine should not wait for apt at every start. */
function failedLately(failure) {
  return existsSync(failure) && Date.now() - statSync(failure).mtimeMs < 3600_000;
}

function sayMissing(missing, reason) {
  for (const one of missing) say(`${one.names.at(-1)} is missing (${one.why})`);
  say(`install with: sudo apt-get install ${missing.map((one) => one.names.at(-1)).join(" ")} — ${reason}; going on`);
}
