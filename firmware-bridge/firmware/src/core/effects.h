/* Where the music is into the colours of a strip. To add an effect: write a function of this shape and list it in effects.c. */
#ifndef TACTUS_EFFECTS_H
#define TACTUS_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "beat-clock.h"

#ifdef __cplusplus
extern "C" {
#endif

enum tactus_effect_kind { TACTUS_PULSE, TACTUS_CHASE, TACTUS_BAR_COLOUR, TACTUS_EFFECTS };

struct tactus_pose {
  struct tactus_beat_place place;
  uint8_t pulse;          /* 255 on the beat and falling; not more often than the flash limit allows */
  uint8_t level;          /* 255 = full; faded out at 0 */
  uint8_t energy[3];      /* low, mid, high */
  uint8_t rgb[3];         /* base colour */
};

/* Fills the picture, red green blue per pixel. Called for every picture; must not wait. */
typedef void (*tactus_effect)(const struct tactus_pose *pose, uint8_t *rgb, uint16_t pixels);

/* Unknown kinds are a pulse. */
tactus_effect tactus_effect_of(uint8_t kind);

/* a * b / 255, near enough for light. */
static inline uint8_t tactus_scale(uint8_t a, uint8_t b) {
  return (uint8_t)(((uint16_t)a * ((uint16_t)b + 1)) >> 8);
}

#ifdef __cplusplus
}
#endif
#endif
