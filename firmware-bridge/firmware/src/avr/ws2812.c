#if defined(__AVR__)
#include "ws2812.h"

#include <avr/interrupt.h>
#include <avr/io.h>

#include "uart.h"

/*
 * Eight bits of 20 cycles (1.25 us at 16 MHz), the highest first: high for 6 cycles (0.375 us) is a 0, for 12 (0.75 us) a 1.
 * Cycle at which each instruction begins on the left; `st` takes two and the pin follows at its end.
 */
TACTUS_STEP void send_byte(volatile uint8_t *port, uint8_t high, uint8_t low, uint8_t byte) {
  uint8_t bits = 8;
  uint8_t middle;
  __asm__ volatile(
      "1: st   %a[port], %[high]   \n\t" /*  0: up                     */
      "   mov  %[middle], %[low]   \n\t" /*  2                         */
      "   sbrc %[byte], 7          \n\t" /*  3: a 1 stays up, 2 cycles either way */
      "   mov  %[middle], %[high]  \n\t" /*  4                         */
      "   nop                      \n\t" /*  5                         */
      "   st   %a[port], %[middle] \n\t" /*  6: down for a 0           */
      "   lsl  %[byte]             \n\t" /*  8                         */
      "   rjmp .+0                 \n\t" /*  9                         */
      "   nop                      \n\t" /* 11                         */
      "   st   %a[port], %[low]    \n\t" /* 12: down for a 1           */
      "   dec  %[bits]             \n\t" /* 14                         */
      "   rjmp .+0                 \n\t" /* 15                         */
      "   nop                      \n\t" /* 17                         */
      "   brne 1b                  \n\t" /* 18, back at 20             */
      : [byte] "+r"(byte), [bits] "+r"(bits), [middle] "=&r"(middle)
      : [port] "e"(port), [high] "r"(high), [low] "r"(low)
      : "memory");
}

void tactus_ws2812_send(volatile uint8_t *port, uint8_t mask, const uint8_t *rgb, uint16_t pixels) {
  uint8_t interrupts = SREG;
  cli();
  uint8_t high = *port | mask;
  uint8_t low = (uint8_t)(*port & ~mask);
  while (pixels--) {
    send_byte(port, high, low, rgb[1]); /* the pixels want green first */
    /* What came on the serial line is stored in three steps, so that no pause is long. */
    bool came = (UCSR0A & _BV(RXC0)) != 0;
    uint8_t byte = came ? UDR0 : 0;
    uint16_t count = TCNT1;
    send_byte(port, high, low, rgb[0]);
    if (came) came = tactus_uart_put(byte);
    send_byte(port, high, low, rgb[2]);
    if (came) tactus_uart_mark(byte, count);
    rgb += 3;
  }
  SREG = interrupts;
}
#endif
