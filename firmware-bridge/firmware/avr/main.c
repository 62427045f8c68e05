/* The firmware of `make avr`: a strip on PD6 (pin 6 of an Uno or Nano). `make avr PIXELS=120 BAUD=250000` changes it. */
#include <avr/io.h>

#include "../src/TactusStrip.h"

#ifndef PIXELS
#define PIXELS 60
#endif
#ifndef BAUD
#define BAUD 115200
#endif
#ifndef BRIGHTNESS
#define BRIGHTNESS 160
#endif

static uint8_t rgb[3 * PIXELS];

int main(void) {
  const struct tactus_strip_setup setup = {&PORTD, _BV(PD6), rgb, PIXELS, BRIGHTNESS, BAUD};
  tactus_strip_begin(&setup);
  for (;;) tactus_strip_loop();
}
