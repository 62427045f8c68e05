#if defined(__AVR__)
#include "uart.h"

#include <avr/interrupt.h>

#include "clock.h"

#define ANSWERS 64

struct tactus_uart tactus_uart;

static uint8_t began_tail;
static uint8_t oldest; /* last byte taken */

static volatile uint8_t answers[ANSWERS];
static volatile uint8_t answers_head;
static volatile uint8_t answers_tail;

void tactus_uart_begin(uint32_t baud) {
  UBRR0 = (uint16_t)((F_CPU / 4 / baud - 1) / 2); /* double speed: F_CPU / 8 / baud - 1, rounded */
  UCSR0A = _BV(U2X0);
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

ISR(USART_RX_vect) {
  uint8_t byte = UDR0;
  uint16_t count = TCNT1;
  if (tactus_uart_put(byte)) tactus_uart_mark(byte, count);
}

ISR(USART_UDRE_vect) {
  uint8_t tail = answers_tail;
  UDR0 = answers[tail];
  tail = (uint8_t)((tail + 1) & (ANSWERS - 1));
  answers_tail = tail;
  if (tail == answers_head) UCSR0B &= (uint8_t)~_BV(UDRIE0);
}

bool tactus_uart_take(uint8_t *byte, uint32_t *at) {
  uint8_t tail = tactus_uart.tail;
  if (tail == tactus_uart.head) return false;
  __asm__ volatile("" ::: "memory"); /* the byte is read after the head that covers it */
  *byte = tactus_uart.bytes[tail];
  if (oldest == 0 && *byte != 0) {
    *at = tactus_clock_of_count(tactus_uart.began[began_tail]);
    began_tail = (uint8_t)((began_tail + 1) & (TACTUS_RING / 2 - 1));
  }
  oldest = *byte;
  tactus_uart.tail = (uint8_t)((tail + 1) & (TACTUS_RING - 1));
  return true;
}

void tactus_uart_write(const uint8_t *bytes, uint8_t length) {
  uint8_t head = answers_head;
  uint8_t taken = (uint8_t)((head - answers_tail) & (ANSWERS - 1));
  if (length == 0 || length > ANSWERS - 1 - taken) return;
  for (uint8_t i = 0; i < length; i++) {
    answers[head] = bytes[i];
    head = (uint8_t)((head + 1) & (ANSWERS - 1));
  }
  answers_head = head;
  UCSR0B |= _BV(UDRIE0);
}
#endif
