#if defined(__AVR__)
#include "../TactusStrip.h"

#include <avr/interrupt.h>
#include <avr/io.h>

#include "../core/strip-loop.h"
#include "clock.h"
#include "uart.h"
#include "ws2812.h"

static struct tactus_board board;
static struct tactus_strip_setup strip;

static void take_bytes(struct tactus_board *to) {
  uint8_t byte;
  uint32_t at = 0;
  while (tactus_uart_take(&byte, &at)) tactus_board_receive(to, byte, at);
}

static void send(void) { tactus_ws2812_send(strip.port, strip.mask, strip.rgb, strip.pixels); }

static struct tactus_strip_loop loop = {take_bytes, send, 1000, 2000, 0};

void tactus_strip_begin(const struct tactus_strip_setup *setup) {
  strip = *setup;
  volatile uint8_t *direction = strip.port - 1; /* DDRx lies before PORTx on this chip */
  *strip.port &= (uint8_t)~strip.mask;
  *direction |= strip.mask;
  tactus_clock_begin();
  tactus_uart_begin(strip.baud);
  sei();
  struct tactus_board_setup board_setup = {
      .kind = TACTUS_BOARD_AVR,
      .rgb = strip.rgb,
      .pixels = strip.pixels,
      .brightness = strip.brightness,
      .baud = strip.baud,
      .now = tactus_clock_us,
      .write = tactus_uart_write,
  };
  tactus_board_init(&board, &board_setup);
}

void tactus_strip_loop(void) { tactus_strip_loop_run(&loop, &board); }
#endif
