/* The serial line of an ATmega328P: a ring of bytes with the time at which each frame began. */
#ifndef TACTUS_AVR_UART_H
#define TACTUS_AVR_UART_H

#include <avr/io.h>
#include <stdbool.h>
#include <stdint.h>

#define TACTUS_RING 128 /* bytes; 11 ms of line at 115 200 baud */

struct tactus_uart {
  uint8_t bytes[TACTUS_RING];
  uint16_t began[TACTUS_RING / 2]; /* timer 1 at the first byte of each frame, in the order of the frames */
  volatile uint8_t head;
  volatile uint8_t tail;
  uint8_t began_head;
  uint8_t newest;                  /* last byte stored */
};

extern struct tactus_uart tactus_uart;

/* 8N1. Rates that 2 MHz divides (250 000, 500 000) are exact; 115 200 is 2.1 % fast, which every USB adapter takes. */
void tactus_uart_begin(uint32_t baud);

/* The oldest byte and, for the first of a frame, when it came. */
bool tactus_uart_take(uint8_t *byte, uint32_t *at);

/* Puts bytes in line to be sent; all or none. */
void tactus_uart_write(const uint8_t *bytes, uint8_t length);

/* The steps of storing a byte, each at most 2 us; for the interrupt, and for who has interrupts off. */
#define TACTUS_STEP static inline __attribute__((always_inline))

/* False when the ring is full: the byte is lost, and the checksum will notice. */
TACTUS_STEP bool tactus_uart_put(uint8_t byte) {
  uint8_t head = tactus_uart.head;
  uint8_t next = (uint8_t)((head + 1) & (TACTUS_RING - 1));
  if (next == tactus_uart.tail) return false;
  tactus_uart.bytes[head] = byte;
  tactus_uart.head = next;
  return true;
}

/* Remembers `count` of timer 1 when the byte just put began a frame. */
TACTUS_STEP void tactus_uart_mark(uint8_t byte, uint16_t count) {
  if (tactus_uart.newest == 0 && byte != 0) {
    uint8_t frame = tactus_uart.began_head;
    tactus_uart.began[frame] = count;
    tactus_uart.began_head = (uint8_t)((frame + 1) & (TACTUS_RING / 2 - 1));
  }
  tactus_uart.newest = byte;
}

#endif
