/* Colours into the one-wire signal of WS2812 pixels, timed by instructions. */
#ifndef TACTUS_AVR_WS2812_H
#define TACTUS_AVR_WS2812_H

#include <stdint.h>

/*
 * Sends 3 * pixels bytes, red green blue each, to the pin `mask` of `port`. Interrupts are off meanwhile, 30 us a pixel; the
 * serial line is read once a pixel, while the signal is low, where these pixels allow a pause of 5 us: nothing is lost at up to
 * 250 000 baud.
 */
void tactus_ws2812_send(volatile uint8_t *port, uint8_t mask, const uint8_t *rgb, uint16_t pixels);

#endif
