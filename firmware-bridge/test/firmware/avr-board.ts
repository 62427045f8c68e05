/** The AVR program on avr8js: an ATmega328P at 16 MHz with a strip on PD6. */
import { readFile } from "node:fs/promises";
import { AVRIOPort, AVRTimer, AVRUSART, avrInstruction, CPU, portDConfig, timer1Config, usart0Config } from "avr8js";
import type { SimulatedBoard } from "./simulated-board.js";
import { Ws2812Decoder } from "./ws2812-decoder.js";

const FLASH_WORDS = 16 * 1024;
const RAM_BYTES = 2048;
const MHZ = 16;
const STRIP_BIT = 1 << 6;
const UCSR0A = 0xc0;
const UCSR0B = 0xc1;
const RXC = 0x80;
const RXCIE = 0x80;

export class AvrBoard implements SimulatedBoard {
  readonly strip = new Ws2812Decoder();
  readonly sent: { byte: number; atUs: number }[] = [];
  overruns = 0;
  #cpu: CPU;
  #usart: AVRUSART;
  #waiting: { byte: number; atCycle: number }[] = [];
  #next = 0;

  constructor(program: Uint16Array) {
    this.#cpu = new CPU(program, RAM_BYTES);
    new AVRTimer(this.#cpu, timer1Config);
    this.#usart = new AVRUSART(this.#cpu, usart0Config, MHZ * 1e6);
    this.#usart.onByteTransmit = (byte) => this.sent.push({ byte, atUs: this.nowUs });
    this.#keepPendingByte();
    let level = 0;
    new AVRIOPort(this.#cpu, portDConfig).addListener((value) => {
      const bit = value & STRIP_BIT;
      if (bit !== level) this.strip.edge(bit !== 0, this.nowUs);
      level = bit;
    });
  }

  /** `file` is Intel HEX. */
  static async load(file: string): Promise<AvrBoard> {
    const bytes = new Uint8Array(FLASH_WORDS * 2);
    for (const line of (await readFile(file, "latin1")).split("\n")) {
      const record = Buffer.from(line.slice(1).trim(), "hex");
      if (record.length > 4 && record[3] === 0) bytes.set(record.subarray(4, -1), record.readUInt16BE(1));
    }
    return new AvrBoard(new Uint16Array(bytes.buffer));
  }

  get nowUs(): number {
    return this.#cpu.cycles / MHZ;
  }

  feed(byte: number, atUs: number): void {
    this.#waiting.push({ byte, atCycle: Math.round(atUs * MHZ) });
  }

  runUntil(atUs: number): void {
    const cpu = this.#cpu;
    const end = atUs * MHZ;
    let nextAt = this.#waiting[this.#next]?.atCycle ?? Number.POSITIVE_INFINITY;
    while (cpu.cycles < end) {
      avrInstruction(cpu);
      cpu.tick();
      if (cpu.cycles < nextAt) continue;
      this.#receive(this.#waiting[this.#next++]?.byte ?? 0);
      nextAt = this.#waiting[this.#next]?.atCycle ?? Number.POSITIVE_INFINITY;
    }
  }

  /** The simulator drops a byte that waits while UCSR0B is written; the chip keeps it until UDR0 is read. */
  #keepPendingByte(): void {
    const cpu = this.#cpu;
    const write = cpu.writeHooks[UCSR0B];
    const received = { address: 0x24, flagRegister: UCSR0A, flagMask: RXC, enableRegister: UCSR0B, enableMask: RXCIE };
    cpu.writeHooks[UCSR0B] = (...args) => {
      const isPending = ((cpu.data[UCSR0A] ?? 0) & RXC) !== 0;
      const result = write?.(...args);
      if (isPending) cpu.setInterruptFlag({ ...received, constant: true });
      return result;
    };
  }

  /** The simulated receiver holds one byte; the chip holds two, so what is not lost here is not lost there. */
  #receive(byte: number): void {
    if ((this.#cpu.data[UCSR0A] ?? 0) & RXC) this.overruns++;
    this.#usart.writeByte(byte, true);
  }
}
