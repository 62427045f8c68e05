@ The second stage of the boot: the chip's ROM copies the first 256 bytes of the flash to RAM, checks their CRC-32 (filled in by
@ make-uf2.mjs) and runs them. They make the flash readable as memory, with the plain read command (03h) that every flash chip
@ knows, and start the program behind them.
  .syntax unified
  .cpu cortex-m0plus
  .thumb
  .section .boot2, "ax"
  .global boot2
boot2:
  ldr  r3, =0x18000000     @ SSI
  movs r1, #0
  str  r1, [r3, #0x08]     @ SSIENR: off while it is set up
  movs r1, #2
  str  r1, [r3, #0x14]     @ BAUDR: half the system clock
  ldr  r1, =0x001f0300     @ CTRLR0: one data line, 32 bits a frame, command then read
  str  r1, [r3, #0x00]
  movs r1, #0
  str  r1, [r3, #0x04]     @ CTRLR1: one frame a read
  ldr  r1, =0x03000218     @ SPI_CTRLR0: command 03h, 8 bits of it, 24 bits of address
  ldr  r0, =0x180000f4
  str  r1, [r0]
  movs r1, #1
  str  r1, [r3, #0x08]     @ SSIENR: on
  ldr  r0, =0x10000100     @ the program's vector table
  ldr  r1, =0xe000ed08     @ VTOR
  str  r0, [r1]
  ldr  r1, [r0]
  msr  msp, r1
  ldr  r1, [r0, #4]
  bx   r1
  .ltorg
