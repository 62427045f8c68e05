#if defined(__AVR__)
#include "clock.h"

#include <avr/interrupt.h>
#include <avr/io.h>

#if F_CPU != 16000000UL
#error "This firmware counts on 16 MHz: a 5 V board with an ATmega328P, such as an Arduino Uno or Nano"
#endif

static volatile uint32_t overflows; /* each 32 768 us */

ISR(TIMER1_OVF_vect) { overflows++; }

void tactus_clock_begin(void) {
  TCCR1A = 0;
  TCCR1B = _BV(CS11); /* 16 MHz / 8: 0.5 us */
  TCNT1 = 0;
  TIFR1 = _BV(TOV1);
  TIMSK1 = _BV(TOIE1);
}

uint32_t tactus_clock_us(void) {
  uint8_t interrupts = SREG;
  cli();
  uint16_t count = TCNT1;
  uint32_t high = overflows;
  if ((TIFR1 & _BV(TOV1)) && count < 0x8000) high++;
  SREG = interrupts;
  return (high << 15) | (count >> 1);
}

uint32_t tactus_clock_of_count(uint16_t count) {
  uint8_t interrupts = SREG;
  cli(); /* the timer's two bytes share one latch with the interrupts that read it */
  uint16_t age = (uint16_t)(TCNT1 - count);
  SREG = interrupts;
  return tactus_clock_us() - (age >> 1);
}
#endif
