/** The device's subcommands. Light: what a subcommand needs is loaded when it runs. */
import { UsageError } from "@tactus/shared";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ConfigOverrides } from "./config.js";
import { registerSimulate } from "./simulate/simulate-command.js";
import { TRACK_FORMATS, type TrackFormat } from "./track-output.js";

interface DeviceFlags {
  config?: string;
  source?: string;
  rate?: number;
  channels?: number;
  format?: string;
  backend?: string;
  port?: number;
  loop?: boolean;
}

interface TrackFlags {
  format: TrackFormat;
  out?: string;
  lead: number;
  model?: string;
}

/** Adds `device`, `track`, `calibrate`, `doctor` and `simulate`. Their errors are TactusErrors for the caller to print. */
export function registerDeviceCommands(program: Command): void {
  registerDevice(program);
  registerTrack(program);
  registerDoctor(program);
  registerCalibrate(program);
  registerSimulate(program, print);
}

function registerDevice(program: Command): void {
  program
    .command("device")
    .description("Listen to the room and announce every beat before it falls, over MQTT")
    .option("--config <file>", "configuration (default: .tactus/device.yaml where there is one)")
    .option("--source <source>", '"default", the name of an input, a file, or "-" for standard input')
    .option("--rate <hz>", "raw standard input: sample rate", wholeNumber)
    .option("--channels <n>", "raw standard input: channels", wholeNumber)
    .option("--format <format>", "raw standard input: sample format, such as s16le or f32le")
    .option("--backend <name>", "how to capture (default: the first that works; see tactus doctor)")
    .option("--port <port>", "MQTT port of the local broker, 0 = any free one", wholeNumber)
    .option("--loop", "play a file again when it ends")
    .action(async (flags: DeviceFlags) => {
      const [{ loadConfig }, { runDevice }] = await Promise.all([import("./config.js"), import("./device.js")]);
      const config = await loadConfig({ file: flags.config, overrides: overridesOf(flags) });
      await runDevice(config, print);
    });
}

function overridesOf({ source, rate, channels, format, backend, port, loop }: DeviceFlags): ConfigOverrides {
  const isRaw = rate !== undefined || channels !== undefined || format !== undefined;
  if (isRaw && source !== "-")
    throw new UsageError("--rate, --channels and --format describe raw samples: they go with --source -");
  if (isRaw && rate === undefined)
    throw new UsageError("Raw standard input needs --rate (or feed WAV and leave all three out)");
  return {
    ...(source === undefined ? {} : { source }),
    ...(backend === undefined ? {} : { backend }),
    ...(port === undefined ? {} : { port }),
    ...(loop === undefined ? {} : { loop }),
    ...(rate === undefined ? {} : { raw: { rate, channels: channels ?? 2, format: format ?? "s16le" } }),
  };
}

function registerTrack(program: Command): void {
  program
    .command("track")
    .description("Show what a rig would have seen: the live pipeline over files, faster than real time")
    .argument("<file...>", "audio files")
    .addOption(
      new Option(
        "--format <format>",
        "beats: time<TAB>beatInBar as frozen; jsonl: every announcement, revision, withdrawal",
      )
        .choices(TRACK_FORMATS)
        .default("beats"),
    )
    .option("--out <dir>", "write <name>.beats or <name>.jsonl here instead of to standard output")
    .option("--lead <ms>", "how long before it is due a beat is announced", milliseconds, 200)
    .option("--model <dir>", "folder of the model artifact (default: the one that came with the software)")
    .action(async (files: string[], flags: TrackFlags) => {
      const [{ trackFiles }, { DEFAULT_MODEL_DIR }] = await Promise.all([
        import("./track.js"),
        import("./default-model.js"),
      ]);
      const terminal = process.stderr.isTTY ? terminalLine() : undefined;
      const failed = await trackFiles(files, {
        format: flags.format,
        out: flags.out,
        artifactDir: flags.model ?? DEFAULT_MODEL_DIR,
        leadMs: flags.lead,
        freezeMs: Math.min(100, flags.lead),
        print: (text) => process.stdout.write(text),
        complain: (line) => process.stderr.write(`${terminal ? "\r\x1b[K" : ""}tactus track: ${line}\n`),
        progress: terminal?.show,
      });
      terminal?.clear();
      if (failed > 0) process.exitCode = 1;
    });
}

function registerDoctor(program: Command): void {
  inputOptions(program.command("doctor").description("Say what is wrong with this box, in words"))
    .option("--json", "print one JSON object instead of lines")
    .action(async (flags: InputFlags & { json?: boolean }) => {
      const { runDoctor } = await import("./doctor.js");
      process.exitCode = await runDoctor({ ...flags, print });
    });
}

function registerCalibrate(program: Command): void {
  inputOptions(
    program.command("calibrate").description("Find the capture offset by clicks through the room, or by eye"),
  )
    .option("--tap", "tap a key with flashes on the screen instead of playing clicks")
    .option("--clicks <n>", "how many clicks are played, 10 to 100 (default: 15)", wholeNumber)
    .option("--dry-run", "say what would be written, and do not write it")
    .action(async (flags: InputFlags & { tap?: boolean; clicks?: number; dryRun?: boolean }) => {
      const { runCalibrate } = await import("./calibrate.js");
      process.exitCode = await runCalibrate({ ...flags, print });
    });
}

interface InputFlags {
  config?: string;
  source?: string;
  backend?: string;
}

function inputOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration (default: .tactus/device.yaml where there is one)")
    .option("--source <source>", "listen to this input instead of the configured one")
    .option("--backend <name>", "how to capture (default: the first that works)");
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** One line that is written over and over. */
function terminalLine() {
  return {
    show: (line: string) => void process.stderr.write(`\r\x1b[K${line}`),
    clear: () => void process.stderr.write("\r\x1b[K"),
  };
}

function wholeNumber(value: string): number {
  if (!/^\d{1,7}$/.test(value)) throw new InvalidArgumentError("Not a whole number.");
  return Number(value);
}

function milliseconds(value: string): number {
  const ms = Number(value);
  if (!(ms >= 20 && ms <= 2000)) throw new InvalidArgumentError("Give 20 to 2000 milliseconds.");
  return ms;
}
