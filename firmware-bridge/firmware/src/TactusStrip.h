/*
 * A strip of WS2812 pixels on an Arduino Uno or Nano (ATmega328P, 16 MHz) that follows the beats of a Tactus bridge.
 * The serial line (pins 0 and 1, or the USB socket) and timer 1 belong to it: a sketch that uses it does not use `Serial`.
 */
#ifndef TACTUS_STRIP_H
#define TACTUS_STRIP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tactus_strip_setup {
  volatile uint8_t *port; /* PORT register of the data pin: portOutputRegister(digitalPinToPort(6)) in a sketch */
  uint8_t mask;           /* its bit: digitalPinToBitMask(6) */
  uint8_t *rgb;           /* 3 * pixels bytes */
  uint16_t pixels;        /* at most 150 at 115 200 baud */
  uint8_t brightness;     /* cap, 255 = none. One pixel takes up to 60 mA */
  uint32_t baud;          /* as in the bridge's configuration: 115200 */
};

/* `port`'s direction is set here too. */
void tactus_strip_begin(const struct tactus_strip_setup *setup);

/* One picture; to be called over and over. Waits for the picture's time, at most 20 ms. */
void tactus_strip_loop(void);

#ifdef __cplusplus
}
#endif
#endif
