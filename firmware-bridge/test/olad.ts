/** OLA's daemon as a node of four Art-Net ports and a receiver of 64 sACN universes; its DMX read back over HTTP. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NetworkNamespace, THERE } from "./network-namespace.js";
import { ReceiverProcess } from "./receiver-process.js";

/** OLA shows sACN universe n as its own universe n. */
export const SACN_UNIVERSES = 64;
/** OLA takes the last four bits of its own number for the Art-Net port: our universe 1 is its universe 1008. */
export const olaUniverseOfArtnet = (universe: number): number => 1007 + universe;
export const ARTNET_UNIVERSES = [1, 2, 3, 4];
/** What OLA sends itself when `show` sets it: over Art-Net to our universe 9, over sACN to our universe 70. */
export const SENT = { artnet: { ola: 1016, universe: 9 }, sacn: { ola: 70, universe: 70 } } as const;

const PATIENCE_MS = 15_000;
/** olad refuses to be root. */
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const OTHER_PLUGINS = [
  "dummy",
  "espnet",
  "ftdidmx",
  "gpio",
  "karate",
  "kinet",
  "milinst",
  "nanoleaf",
  "opendmx",
  "openpixelcontrol",
  "osc",
  "pathport",
  "renard",
  "sandnet",
  "shownet",
  "spi",
  "stageprofi",
  "uartdmx",
  "usbdmx",
  "usbserial",
];

export class Olad {
  readonly #process: ReceiverProcess;
  readonly #folder: string;
  readonly #network: NetworkNamespace;

  private constructor(process: ReceiverProcess, folder: string, network: NetworkNamespace) {
    this.#process = process;
    this.#folder = folder;
    this.#network = network;
  }

  /** Until it answers over HTTP. */
  static async start(network: NetworkNamespace): Promise<Olad> {
    const folder = mkdtempSync(join(tmpdir(), "tactus-olad-"));
    writeSettings(folder);
    const options = ["--no-register-with-dns-sd", "--no-http-quit", "-l", "2", "-c", folder];
    const [program, args] = network.inside(...NOBODY, "olad", ...options);
    const daemon = new ReceiverProcess(program, args, { env: { ...process.env, HOME: folder } });
    const olad = new Olad(daemon, folder, network);
    await olad.#answers();
    return olad;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** OLA sends these values where the universe is patched to, until others come. */
  show(olaUniverse: number, ...values: number[]): void {
    this.#network.run("ola_set_dmx", "-u", String(olaUniverse), "-d", values.join(","));
  }

  /** Values of an OLA universe; empty before the first packet. */
  async dmx(olaUniverse: number): Promise<number[]> {
    const response = await fetch(`http://${THERE}:9090/get_dmx?u=${olaUniverse}`);
    const { dmx } = (await response.json()) as { dmx: number[] };
    return dmx;
  }

  /** Until `wanted` is true of the values of a universe; rejects with the values that were there instead. */
  async until(olaUniverse: number, wanted: (dmx: number[]) => boolean, patienceMs = PATIENCE_MS): Promise<number[]> {
    const end = performance.now() + patienceMs;
    let dmx: number[] = [];
    while (performance.now() < end) {
      dmx = await this.dmx(olaUniverse).catch(() => dmx); // the network may be on its way back
      if (wanted(dmx)) return dmx;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    throw new Error(`OLA universe ${olaUniverse} stays at ${dmx.slice(0, 16)}…`);
  }

  async #answers(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      const answered = await this.dmx(1).catch(() => undefined);
      if (answered) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`olad does not answer:\n${this.#process.lines.slice(-20).join("\n")}`);
  }
}

function writeSettings(folder: string): void {
  const write = (plugin: string, lines: string[]) =>
    writeFileSync(join(folder, `ola-${plugin}.conf`), `${lines.join("\n")}\n`, { mode: 0o666 });
  for (const plugin of OTHER_PLUGINS) write(plugin, ["enabled = false"]);
  write("artnet", ["enabled = true", `ip = ${THERE}`, "net = 0", "subnet = 0"]);
  write("e131", [
    "enabled = true",
    `ip = ${THERE}`,
    `input_ports = ${SACN_UNIVERSES}`,
    "output_ports = 1",
    "ignore_preview = true",
  ]);
  const artnet = ARTNET_UNIVERSES.map((universe, port) => `2-1-I-${port} = ${olaUniverseOfArtnet(universe)}`);
  const sacn = Array.from({ length: SACN_UNIVERSES }, (_, port) => `11-1-I-${port} = ${port + 1}`);
  const sent = [`2-1-O-0 = ${SENT.artnet.ola}`, `11-1-O-0 = ${SENT.sacn.ola}`];
  write("port", [...artnet, ...sacn, ...sent]);
  chmodSync(folder, 0o777);
}
