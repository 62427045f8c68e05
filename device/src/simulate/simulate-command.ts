/** `tactus simulate` with its options. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { SimulateFlags } from "./simulate-options.js";

/** `print`: a line for people. */
export function registerSimulate(program: Command, print: (line: string) => void): void {
  program
    .command("simulate")
    .description("Let a fleet of devices that do not exist report to a cloud, over real connections")
    .requiredOption("--devices <n>", "how many", numberIn(1, 100_000))
    .option("--seconds <s>", "for how long (default: until Ctrl-C)", numberIn(1, 31_536_000))
    .option("--cloud <url>", "address of the cloud's page (default: http://127.0.0.1:8080, that of `tactus up`)")
    .option("--mqtt <url>", "address that devices connect to (default: port 1884 of the same host)")
    .option("--admin-token <token>", "with which the devices are made (default: read from .tactus/cloud/admin-token)")
    .option("--ca <file>", "certificates to trust, PEM, for mqtts://")
    .option("--venues <n>", "the devices are dealt out to so many", numberIn(1, 10_000), 10)
    .option("--bpm <n>", "tempo of all rooms (default: each its own, 90 to 140)", numberIn(60, 200))
    .addOption(hoursOption())
    .option("--playing <share>", "share of rooms in which there is music", numberIn(0, 1, "a share"), 1)
    .addOption(outagesOption())
    .option("--clock-errors <share>", "share of boxes whose date is wrong", numberIn(0, 1, "a share"), 0)
    .option("--past <hours>", "the rooms begin so long ago …", numberIn(0, 100_000, "a number"), 0)
    .option("--rate <n>", "… and time runs so many times as fast until it is now", numberIn(1, 100_000), 1)
    .option("--seed <text>", "the same seed plays the same music and suffers the same outages", "1")
    .option("--model <name>", "the model that all begin with", "tactus-beat 0.1.0")
    .option("--quality <file>", "JSON table of how well each model does (default: x.y.13, .66 and .99 are bad)")
    .option(
      "--grid-every <s>",
      "a device that nobody watches says its grid so often",
      numberIn(0.1, 3600, "seconds"),
      10,
    )
    .option("--ramp <s>", "the first connections are spread over so long (default: 250 a second)", numberIn(0, 3600))
    .option("--processes <n>", "processes of devices (default: one for 2,500)", numberIn(1, 64))
    .option("--json", "a JSON object a second instead of lines for people")
    .action(async (flags: SimulateFlags) => {
      const { runSimulate } = await import("./simulate.js");
      process.exitCode = await runSimulate({ ...flags, say: print });
    });
}

const hoursOption = () =>
  new Option("--hours <when>", "evenings: rooms are open from about 18:00 to 02:00 UTC")
    .choices(["always", "evenings"])
    .default("always");

const outagesOption = () =>
  new Option("--outages <level>", "of devices, venues and everything: cut, hung, started again")
    .choices(["none", "some", "many"])
    .default("none");

/** Whole numbers unless `what` says otherwise. */
function numberIn(low: number, high: number, what = "a whole number") {
  return (text: string): number => {
    const value = Number(text);
    const isWhole = what !== "a whole number" || Number.isInteger(value);
    if (text.trim() !== "" && isWhole && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Give ${what} from ${low} to ${high}.`);
  };
}
