/** A 64-bit ARM Debian in a folder: just enough of it to run Node and our native packages under emulation. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../setup/report.mjs";
import { failIf } from "./verdict.mjs";

/** apt brings what these depend on; PortAudio also brings ALSA and JACK. */
const PACKAGES = ["libstdc++6", "libportaudio2"];
const CORES = 4;

export async function makeSysroot(cache) {
  const root = join(cache, "root");
  if (!existsSync(join(root, "usr/lib/aarch64-linux-gnu/libportaudio.so.2"))) await unpackDebian(cache, root);
  writeCpu(root);
  return root;
}

/** The host's own apt, with a configuration and a state of its own: the host's packages stay as they are. */
async function unpackDebian(cache, root) {
  const env = { ...process.env, APT_CONFIG: writeAptConfig(cache), DEBIAN_FRONTEND: "noninteractive" };
  failIf(await run("apt-get", ["-q", "update"], { env }), "apt-get update for arm64");
  const download = ["-q", "-y", "--no-install-recommends", "--download-only", "install", ...PACKAGES];
  failIf(await run("apt-get", download, { env }), "apt-get download for arm64");
  mkdirSync(root, { recursive: true });
  const archives = join(cache, "apt/cache/archives");
  for (const name of readdirSync(archives).filter((file) => file.endsWith(".deb"))) {
    failIf(await run("dpkg-deb", ["-x", join(archives, name), root]), `dpkg-deb -x ${name}`);
  }
}

function writeAptConfig(cache) {
  const apt = join(cache, "apt");
  for (const folder of ["state/lists/partial", "cache/archives/partial", "sources"]) {
    mkdirSync(join(apt, folder), { recursive: true });
  }
  copyDebianSources(join(apt, "sources"));
  writeFileSync(join(apt, "status"), "");
  const settings = [
    'APT::Architecture "arm64";',
    'APT::Architectures { "arm64"; };',
    'APT::Sandbox::User "root";',
    'APT::Keep-Downloaded-Packages "true";',
    `Dir::State "${apt}/state";`,
    `Dir::State::status "${apt}/status";`,
    `Dir::Cache "${apt}/cache";`,
    'Dir::Etc::sourcelist "/dev/null";',
    `Dir::Etc::sourceparts "${apt}/sources";`,
    // A container's clean-up hook would delete what was just downloaded.
    "#clear DPkg::Post-Invoke;",
    "#clear APT::Update::Post-Invoke;",
  ];
  writeFileSync(join(apt, "apt.conf"), `${settings.join("\n")}\n`);
  return join(apt, "apt.conf");
}

/** Other archives on this machine may have nothing for ARM. */
function copyDebianSources(target) {
  const places = [
    ["/etc/apt", "sources.list"],
    ...readdirSync("/etc/apt/sources.list.d").map((name) => ["/etc/apt/sources.list.d", name]),
  ];
  for (const [folder, name] of places) {
    const file = join(folder, name);
    if (!existsSync(file) || !/\/debian(-security)?\b/.test(readFileSync(file, "utf8"))) continue;
    cpSync(file, join(target, name === "sources.list" ? "base.list" : name));
  }
}

/**
 * onnxruntime probes the processor through /proc and /sys; emulation shows it the host's x86 ones, on which it crashes.
 * A Cortex-A72, as in a Raspberry Pi 4.
 */
function writeCpu(root) {
  const one = (core) =>
    [
      `processor\t: ${core}`,
      "BogoMIPS\t: 108.00",
      "Features\t: fp asimd evtstrm crc32 cpuid",
      "CPU implementer\t: 0x41",
      "CPU architecture: 8",
      "CPU variant\t: 0x0",
      "CPU part\t: 0xd08",
      "CPU revision\t: 3",
    ].join("\n");
  const cores = Array.from({ length: CORES }, (_, core) => core);
  write(root, "proc/cpuinfo", `${cores.map(one).join("\n\n")}\n`);
  for (const list of ["online", "possible", "present"])
    write(root, `sys/devices/system/cpu/${list}`, `0-${CORES - 1}\n`);
  for (const core of cores) writeCore(root, core);
}

function writeCore(root, core) {
  const at = `sys/devices/system/cpu/cpu${core}`;
  const all = `0-${CORES - 1}`;
  const topology = { core_id: core, physical_package_id: 0, core_siblings_list: all, thread_siblings_list: core };
  for (const [name, value] of Object.entries(topology)) write(root, `${at}/topology/${name}`, `${value}\n`);
  const cache = { level: 1, type: "Data", size: "32K", coherency_line_size: 64, shared_cpu_list: core };
  for (const [name, value] of Object.entries(cache)) write(root, `${at}/cache/index0/${name}`, `${value}\n`);
}

function write(root, path, text) {
  const file = join(root, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}
