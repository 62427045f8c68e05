/** The bridge's subcommands of `tactus`. Light: what a subcommand needs is loaded when it runs. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { FlashBoard, FlashOptions } from "./flash/run-flash.js";

interface BridgeFlags {
  config?: string;
  mqtt?: string;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`tactus bridge: ${line}\n`);

/** Adds `bridge` and what belongs to it. Errors are TactusErrors for the caller to print. */
export function registerBridgeCommands(program: Command): void {
  const bridge = configOptions(
    program.command("bridge").description("Turn announced beats into lighting protocols, as .tactus/bridge.yaml says"),
  ).action(async (flags: BridgeFlags) => {
    const [{ loadConfig }, { runBridge }] = await Promise.all([import("./config.js"), import("./bridge.js")]);
    await runBridge(await loadConfig({ file: flags.config, url: flags.mqtt }), print);
  });
  registerTest(bridge);
  registerScan(bridge);
  registerFlash(bridge);
  registerMonitor(bridge);
  bridge
    .command("schema")
    .description("Print the JSON schema of the configuration, for editors")
    .action(async () => {
      const { configSchemaText } = await import("./config-schema.js");
      process.stdout.write(configSchemaText());
    });
}

function registerTest(bridge: Command): void {
  bridge
    .command("test")
    .description("Blink one output on a metronome, to see that it works and to set its latency by eye")
    .argument("<output>", "its name in the configuration")
    .option("--config <file>", "configuration (default: .tactus/bridge.yaml)")
    .option("--bpm <n>", "beats a minute, 20 to 400", number(20, 400), 120)
    .option("--seconds <n>", "how long; without it until Ctrl-C", number(1, 86_400))
    .action(async (name: string, flags: { config?: string; bpm: number; seconds?: number }, command: Command) => {
      const [{ loadConfig }, { runMetronome }] = await Promise.all([import("./config.js"), import("./metronome.js")]);
      const { config } = command.optsWithGlobals<{ config?: string }>();
      const loaded = await loadConfig({ file: flags.config ?? config });
      const log = { info: () => {}, warn: complain };
      await runMetronome({ loaded, name, bpm: flags.bpm, seconds: flags.seconds ?? Infinity, print, log });
    });
}

function registerScan(bridge: Command): void {
  bridge
    .command("scan")
    .description("List what answers on the lights' network, with the lines of configuration for each")
    .option("--seconds <n>", "how long to listen", number(1, 60), 4)
    .option("--interface <name>", "interface to look on, by name or IPv4 address (default: all)")
    .action(async (flags: { seconds: number; interface?: string }) => {
      const { printScan, scanAll } = await import("./scan-all.js");
      printScan(await scanAll(flags), print);
    });
}

function registerFlash(bridge: Command): void {
  bridge
    .command("flash")
    .description("Build the firmware and put it onto a board, by the ordinary tool for that board")
    .addOption(new Option("--board <kind>", "which (default: what the port says)").choices(["avr", "rp2040"]))
    .option("--port <path>", "serial port of an AVR board (default: the only one)")
    .option("--file <file>", "a built .hex or .uf2, instead of building")
    .option("--pixels <n>", "pixels of the strip", number(1, 1024))
    .option("--baud <n>", "speed of the serial line", number(9600, 2_000_000))
    .option("--brightness <n>", "cap of the brightness, 0 to 255", number(0, 255))
    .option("--bootloader-baud <n>", "57600 for older Nanos (default: 115200)", number(9600, 1_000_000))
    .option("--dry-run", "print the commands, run none")
    .action(async (flags: Omit<FlashOptions, "print"> & { board?: FlashBoard }) => {
      const { runFlash } = await import("./flash/run-flash.js");
      await runFlash({ ...flags, print });
    });
}

function registerMonitor(bridge: Command): void {
  bridge
    .command("monitor")
    .description("Show what a board with our firmware says")
    .option("--port <path>", "serial port (default: the only board)")
    .option("--baud <n>", "speed of the serial line", number(9600, 2_000_000))
    .option("--listen", "only listen, on a line on which a bridge and a board already talk")
    .option("--seconds <n>", "how long; without it until Ctrl-C", number(1, 86_400))
    .action(async ({ seconds, ...flags }: { port?: string; baud?: number; listen?: boolean; seconds?: number }) => {
      const { runMonitor } = await import("./serial-monitor.js");
      const stop = new AbortController();
      const timer = seconds === undefined ? undefined : setTimeout(() => stop.abort(), seconds * 1000);
      process.once("SIGINT", () => stop.abort());
      await runMonitor({ ...flags, signal: stop.signal, print });
      clearTimeout(timer);
    });
}

function configOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration (default: .tactus/bridge.yaml where there is one)")
    .option("--mqtt <url>", "broker to take beats from, instead of the configured one");
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A number from ${least} to ${most}.`);
  };
}
