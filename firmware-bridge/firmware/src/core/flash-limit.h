/*
 * A rendered picture into one that flashes at most three times a second (WCAG 2.3.1: a flash is a pair of opposing changes of
 * 10 % of full brightness). Works on the mean brightness of the whole strip, whatever drew it: an effect, pixels from the
 * host, a blackout switched on and off.
 */
#ifndef TACTUS_FLASH_LIMIT_H
#define TACTUS_FLASH_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Flashes a second; 0 switches the limit off, which is for a strip that covers little of anybody's view. */
#ifndef TACTUS_FLASHES_PER_SECOND
#define TACTUS_FLASHES_PER_SECOND 3
#endif

#if TACTUS_FLASHES_PER_SECOND
/* Rounded up, and a millisecond more for a clock that runs fast. */
#define TACTUS_FLASH_INTERVAL_US (1000000UL / TACTUS_FLASHES_PER_SECOND + 1000UL)
#else
#define TACTUS_FLASH_INTERVAL_US 0UL
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct tactus_flash_limit {
  bool rising;
  uint8_t extreme;        /* highest while rising, lowest while falling */
  uint32_t last;          /* when the last flash began, microseconds */
  bool flashed;
};

void tactus_flash_limit_reset(struct tactus_flash_limit *limit);

/* Dims the picture where it would be one flash too many. `at` is when it will be seen. */
void tactus_flash_limit_apply(struct tactus_flash_limit *limit, uint32_t at, uint8_t *rgb, uint16_t pixels);

/* Every how many beats a pulse may come at this period (microseconds): 1 up to 176 beats a minute, then 2, 3 ... */
uint8_t tactus_beats_per_flash(uint32_t period);

#ifdef __cplusplus
}
#endif
#endif
