/** The RP2040 program on rp2040js: 12 MHz from the crystal, UART 0, a strip on GP16 driven by the PIO. */
import { readFile } from "node:fs/promises";
import { ConsoleLogger, LogLevel, Simulator } from "rp2040js";
import type { SimulatedBoard } from "./simulated-board.js";
import { Ws2812Decoder } from "./ws2812-decoder.js";

const MHZ = 12;
const STRIP_BIT = 1 << 16;
const FLASH = 0x10000000;
const BOOT2_IN_RAM = 0x20041f00;
const UARTFR = 0x18;
const RXFE = 1 << 4;

export class Rp2040Board implements SimulatedBoard {
  readonly strip = new Ws2812Decoder();
  readonly sent: { byte: number; atUs: number }[] = [];
  overruns = 0;
  #simulator = new Simulator();
  #chip = this.#simulator.rp2040;
  #pio = this.#chip.pio[0]!;
  #uart = this.#chip.uart[0]!;
  #cycles = 0;
  #level = 0;
  #waiting: { byte: number; atCycle: number }[] = [];
  #next = 0;

  /** `image` is the flash from its first byte, boot stage included. */
  constructor(image: Uint8Array) {
    const chip = this.#chip;
    chip.logger = new ConsoleLogger(LogLevel.Error, false);
    chip.flash.set(image);
    // What the chip's own boot ROM does: copy the boot stage to RAM and run it there.
    chip.sram.set(image.subarray(0, 256), BOOT2_IN_RAM - 0x20000000);
    chip.core.PC = BOOT2_IN_RAM;
    // The simulator would run the PIO by wall-clock timers; here it keeps step with the processor.
    this.#pio.run = () => {};
    this.#uart.onByte = (byte) => this.sent.push({ byte, atUs: this.nowUs });
  }

  static async load(file: string): Promise<Rp2040Board> {
    return new Rp2040Board(await readFile(file));
  }

  get nowUs(): number {
    return this.#cycles / MHZ;
  }

  /** Address at which the processor is. */
  get isInFlash(): boolean {
    return this.#chip.core.PC >= FLASH && this.#chip.core.PC < FLASH + 0x200000;
  }

  feed(byte: number, atUs: number): void {
    this.#waiting.push({ byte, atCycle: Math.round(atUs * MHZ) });
  }

  runUntil(atUs: number): void {
    const end = atUs * MHZ;
    const { core } = this.#chip;
    const { clock } = this.#simulator;
    let nextAt = this.#waiting[this.#next]?.atCycle ?? Number.POSITIVE_INFINITY;
    while (this.#cycles < end) {
      const cycles = core.executeInstruction();
      this.#cycles += cycles;
      clock.tick((cycles * 1000) / MHZ);
      this.#runPio();
      if (this.#cycles < nextAt) continue;
      // Without its FIFO the receiver holds one byte.
      if (!(this.#uart.readUint32(UARTFR) & RXFE)) this.overruns++;
      this.#uart.feedByte(this.#waiting[this.#next++]?.byte ?? 0);
      nextAt = this.#waiting[this.#next]?.atCycle ?? Number.POSITIVE_INFINITY;
    }
  }

  /** The first state machine up to the processor's time, one instruction after another; edges have its own time. */
  #runPio(): void {
    const pio = this.#pio;
    const machine = pio.machines[0];
    if (pio.stopped || !machine) return;
    while (machine.cycles < this.#cycles) {
      const atUs = machine.cycles / MHZ;
      machine.step();
      const level = pio.pinValues & STRIP_BIT;
      if (level !== this.#level) this.strip.edge(level !== 0, atUs);
      this.#level = level;
      if (machine.waiting) machine.cycles = this.#cycles;
    }
  }
}
