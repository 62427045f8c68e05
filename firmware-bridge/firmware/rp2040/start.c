/* From reset to main: vector table, memory, clocks. */
#include <stddef.h>

#include "registers.h"

extern uint32_t stack_top, data_start, data_end, data_in_flash, bss_start, bss_end;

int main(void);
void uart_received(void);

/* The compiler may call these two by itself. */
void *memcpy(void *to, const void *from, size_t length) {
  uint8_t *t = to;
  const uint8_t *f = from;
  while (length--) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, size_t length) {
  uint8_t *t = to;
  while (length--) *t++ = (uint8_t)value;
  return to;
}

/* Everything runs from the crystal, 12 MHz: its beat is what the phase is kept by, and 15 of its cycles are one bit of a WS2812. */
static void start_clocks(void) {
  XOSC_CTRL = 0xaa0;
  XOSC_STARTUP = 47; /* 1 ms */
  XOSC_CTRL = (0xfabu << 12) | 0xaa0;
  while (!(XOSC_STATUS & (1u << 31))) {
  }
  CLK_REF_CTRL = 2;
  while (CLK_REF_SELECTED != 1u << 2) {
  }
  CLK_SYS_CTRL = 0;
  while (CLK_SYS_SELECTED != 1u) {
  }
  CLK_PERI_CTRL = 1u << 11;
  WATCHDOG_TICK = 12u | (1u << 9); /* the timer counts microseconds */
}

static void wake_parts(void) {
  uint32_t parts = RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_PIO0 | RESET_TIMER | RESET_UART0;
  CLEAR_BITS(RESETS_RESET) = parts;
  while ((RESETS_RESET_DONE & parts) != parts) {
  }
}

void reset(void) {
  uint32_t *from = &data_in_flash;
  for (uint32_t *to = &data_start; to < &data_end;) *to++ = *from++;
  for (uint32_t *to = &bss_start; to < &bss_end;) *to++ = 0;
  start_clocks();
  wake_parts();
  main();
}

static void stop(void) {
  for (;;) {
  }
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  handler exceptions[15];
  handler interrupts[26];
} vectors = {
    .stack = &stack_top,
    .exceptions = {reset, stop, stop, 0, 0, 0, 0, 0, 0, 0, stop, 0, 0, stop, stop},
    .interrupts = {[UART0_IRQ] = uart_received},
};
