/*
 * Runs an ATmega328P program on libsimavr: serial bytes in at given cycles, edges of PD6 and serial bytes out.
 * usage: simavr-run PROGRAM.elf END_CYCLE < events     each event: "CYCLE BYTE\n", ascending
 * out, little endian, eight bytes each: u32 kind << 16 | value (kind 0: level of the pin, 1: byte sent), u32 cycles since the last.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <avr_ioport.h>
#include <avr_uart.h>
#include <sim_avr.h>
#include <sim_elf.h>

static avr_t *avr;
static avr_cycle_count_t last;
static FILE *out;

static void put(uint32_t what) {
  uint32_t record[2] = {what, (uint32_t)(avr->cycle - last)};
  last = avr->cycle;
  fwrite(record, sizeof record, 1, out);
}

static void on_pin(struct avr_irq_t *irq, uint32_t value, void *unused) {
  (void)irq;
  (void)unused;
  put(value ? 1 : 0);
}

static void on_byte(struct avr_irq_t *irq, uint32_t value, void *unused) {
  (void)irq;
  (void)unused;
  put(1u << 16 | (value & 0xff));
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  out = fdopen(dup(1), "wb");
  if (!out || dup2(2, 1) < 0) return 1; /* the library talks on standard output */
  elf_firmware_t firmware = {0};
  if (elf_read_firmware(arguments[1], &firmware) != 0) return 1;
  avr_cycle_count_t end = strtoull(arguments[2], NULL, 10);
  avr = avr_make_mcu_by_name("atmega328p");
  if (!avr) return 1;
  avr_init(avr);
  avr->log = LOG_ERROR;
  avr_load_firmware(avr, &firmware);
  avr->frequency = 16000000;
  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), 6), on_pin, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_byte, NULL);
  avr_irq_t *input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
  unsigned long long at;
  unsigned byte;
  while (scanf("%llu %u", &at, &byte) == 2) {
    while (avr->cycle < at) {
      int state = avr_run(avr);
      if (state == cpu_Done || state == cpu_Crashed) return 1;
    }
    avr_raise_irq(input, byte);
  }
  while (avr->cycle < end) {
    int state = avr_run(avr);
    if (state == cpu_Done || state == cpu_Crashed) return 1;
  }
  return fclose(out) == 0 ? 0 : 1;
}
