/* Timer 1 into a microsecond clock that wraps at 32 bits. Resolution 0.5 us of the 16-bit count, 1 us of the clock. */
#ifndef TACTUS_AVR_CLOCK_H
#define TACTUS_AVR_CLOCK_H

#include <stdint.h>

void tactus_clock_begin(void);

/* Works with interrupts off too, for at most 32 ms. */
uint32_t tactus_clock_us(void);

/* When a 16-bit count that is at most 32 ms old was taken. */
uint32_t tactus_clock_of_count(uint16_t count);

#endif
