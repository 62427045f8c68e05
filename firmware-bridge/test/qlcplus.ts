/** QLC+ without a screen, as a user who is not root, with a show of four dimmers; read back over its WebSocket. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { ReceiverProcess } from "./receiver-process.js";

const NOBODY = 65534;
const API = "ws://127.0.0.1:9999/qlcplusWS";
const START_MS = 60_000;

/** Fixed in QLC+ unless its plugin is configured otherwise. */
export const OS2L_PORT = 9996;

/**
 * Input channel on which QLC+ shows a named OS2L event, from 0: the CRC-16/X-25 of the name.
 * A `beat` has the fixed channel 8341; a `cmd` the channel of its id.
 */
export function channelOfName(name: string): number {
  let crc = 0xffff;
  for (const byte of Buffer.from(name)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  return ~crc & 0xffff;
}

const BEAT_CHANNEL = 8341;

/** Dimmer 1 follows a button on OS2L beats, 2 the OS2L button "Drop", 3 the OS2L command 5, 4 channel 1 of sACN universe 2. */
const SHOW = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE Workspace>
<Workspace xmlns="http://www.qlcplus.org/Workspace" CurrentWindow="VirtualConsole">
 <Creator><Name>Q Light Controller Plus</Name><Version>4.12.6</Version><Author>Tactus</Author></Creator>
 <Engine>
  <InputOutputMap>
   <Universe Name="OS2L" ID="0"><Input Plugin="OS2L" Line="0"/></Universe>
   <Universe Name="sACN" ID="1"><Input Plugin="E1.31" Line="0"/></Universe>
  </InputOutputMap>
  <Fixture><Manufacturer>Generic</Manufacturer><Model>Generic</Model><Mode>4 Channel</Mode><ID>0</ID><Name>Dimmers</Name>
   <Universe>0</Universe><Address>0</Address><Channels>4</Channels></Fixture>
  ${scene(0, "Beat", "0,255")}${scene(1, "Drop", "1,200")}
 </Engine>
 <VirtualConsole>
  <Frame Caption="">
   ${button(1, "Toggle", 0, BEAT_CHANNEL)}${button(2, "Flash", 1, channelOfName("Drop"))}
   ${slider(3, 2, 0, 5)}${slider(4, 3, 1, 0)}
  </Frame>
  <Properties><Size Width="1920" Height="1080"/></Properties>
 </VirtualConsole>
 <SimpleDesk><Engine/></SimpleDesk>
</Workspace>`;

function scene(id: number, name: string, values: string): string {
  return `<Function ID="${id}" Type="Scene" Name="${name}"><Speed FadeIn="0" FadeOut="0" Duration="0"/>
   <FixtureVal ID="0">${values}</FixtureVal></Function>`;
}

function button(id: number, action: string, scene: number, channel: number): string {
  return `<Button Caption="${id}" ID="${id}"><WindowState Visible="True" X="0" Y="0" Width="50" Height="50"/>
   <Function ID="${scene}"/><Action>${action}</Action><Input Universe="0" Channel="${channel}"/></Button>`;
}

function slider(id: number, dimmer: number, universe: number, channel: number): string {
  return `<Slider Caption="${id}" ID="${id}" WidgetStyle="Slider" InvertedAppearance="false">
   <WindowState Visible="True" X="0" Y="0" Width="50" Height="200"/>
   <SliderMode ValueDisplayStyle="Exact" ClickAndGoType="None" Monitor="false">Level</SliderMode>
   <Level LowLimit="0" HighLimit="255" Value="0"><Channel Fixture="0">${dimmer}</Channel></Level>
   <Input Universe="${universe}" Channel="${channel}"/></Slider>`;
}

export class QlcPlus {
  readonly #folder = mkdtempSync(join(tmpdir(), "tactus-qlcplus-"));
  #process: ReceiverProcess | undefined;
  #api: WebSocket | undefined;

  /** Resolves when its WebSocket answers. */
  async start(): Promise<void> {
    const show = join(this.#folder, "show.qxw");
    const home = join(this.#folder, "home");
    writeFileSync(show, SHOW);
    mkdirSync(home);
    chmodSync(this.#folder, 0o755);
    // Root of a user namespace may not become somebody else, and is nobody special anyway.
    const isRoot =
      process.getuid?.() === 0 && /^\s*0\s+0\s+4294967295/.test(readFileSync("/proc/self/uid_map", "utf8"));
    if (isRoot) chownSync(home, NOBODY, NOBODY);
    const env = { ...process.env, HOME: home, QT_QPA_PLATFORM: "offscreen" };
    const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    this.#process = new ReceiverProcess("qlcplus", ["-d", "0", "-w", "-p", "-o", show], {
      env,
      ...identity,
      cwd: home,
    });
    await this.#process.line(/\[OS2L\] listening/, START_MS);
    this.#api = await this.#connect();
  }

  async stop(): Promise<void> {
    this.#api?.terminate();
    await this.#process?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The four dimmers, 0..255. */
  async dimmers(): Promise<number[]> {
    const answer = await this.#ask("getChannelsValues|1|1|4");
    // …|1|255|0.#000000|2|0|…: number, value, kind of each channel.
    const parts = answer.split("|").slice(2);
    return [0, 1, 2, 3].map((i) => Number(parts[3 * i + 1]));
  }

  /** How many OS2L beats it says it got. */
  beats(): number {
    return this.#process?.lines.filter((line) => line.includes("Got beat message")).length ?? 0;
  }

  async #connect(): Promise<WebSocket> {
    for (let attempt = 0; ; attempt++) {
      const socket = new WebSocket(API);
      const isOpen = await new Promise<boolean>((resolve) => {
        socket.once("open", () => resolve(true));
        socket.once("error", () => resolve(false));
      });
      if (isOpen) return socket;
      if (attempt === 50) throw new Error(`QLC+ does not answer at ${API}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  #ask(question: string): Promise<string> {
    return new Promise((resolve) => {
      this.#api?.once("message", (message) => resolve(message.toString()));
      this.#api?.send(`QLC+API|${question}`);
    });
  }
}
