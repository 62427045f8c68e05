#include "effects.h"

static void fill(uint8_t *rgb, uint16_t pixels, uint8_t red, uint8_t green, uint8_t blue) {
  for (uint16_t i = 0; i < pixels; i++) {
    *rgb++ = red;
    *rgb++ = green;
    *rgb++ = blue;
  }
}

/* Half the brightness is the bass. */
static uint8_t loudness(const struct tactus_pose *pose) {
  return tactus_scale((uint8_t)(128 + pose->energy[0] / 2), pose->level);
}

/* The whole strip on every beat; the downbeat is whiter. */
static void pulse(const struct tactus_pose *pose, uint8_t *rgb, uint16_t pixels) {
  uint8_t bright = tactus_scale(pose->pulse, loudness(pose));
  uint8_t white = pose->place.beat_in_bar == 1 ? 96 : 0;
  uint8_t colour[3];
  for (uint8_t i = 0; i < 3; i++) {
    uint16_t mixed = (uint16_t)(pose->rgb[i] + white);
    colour[i] = tactus_scale(mixed > 255 ? 255 : (uint8_t)mixed, bright);
  }
  fill(rgb, pixels, colour[0], colour[1], colour[2]);
}

/* A dot with a tail that runs along the strip once a bar and is at its beginning on the downbeat. */
static void chase(const struct tactus_pose *pose, uint8_t *rgb, uint16_t pixels) {
  uint8_t bright = loudness(pose);
  uint16_t tail = pixels / 6 + 1;
  uint32_t in_bar = ((uint32_t)(pose->place.beat_in_bar - 1) << 16) + pose->place.phase;
  uint16_t head = (uint16_t)(((in_bar / pose->place.beats_per_bar) * pixels) >> 16);
  fill(rgb, pixels, 0, 0, 0);
  for (uint16_t behind = 0; behind < tail && behind < pixels; behind++) {
    uint16_t at = head >= behind ? (uint16_t)(head - behind) : (uint16_t)(head + pixels - behind);
    uint8_t share = tactus_scale((uint8_t)(255 - ((uint32_t)behind * 255) / tail), bright);
    for (uint8_t i = 0; i < 3; i++) rgb[at * 3 + i] = tactus_scale(pose->rgb[i], share);
  }
}

/* A hue, 0..255 around the wheel, at full saturation. */
static void colour_of(uint8_t hue, uint8_t *rgb) {
  uint8_t third = hue / 86;
  uint8_t into = (uint8_t)((hue - third * 86) * 3 > 255 ? 255 : (hue - third * 86) * 3);
  rgb[third] = (uint8_t)(255 - into);
  rgb[(third + 1) % 3] = into;
  rgb[(third + 2) % 3] = 0;
}

/* A new colour on every downbeat, breathing a little with the beat. */
static void bar_colour(const struct tactus_pose *pose, uint8_t *rgb, uint16_t pixels) {
  uint8_t colour[3];
  uint8_t bright = tactus_scale((uint8_t)(192 + pose->pulse / 4), loudness(pose));
  colour_of((uint8_t)(pose->place.bar * 53), colour);
  fill(rgb, pixels, tactus_scale(colour[0], bright), tactus_scale(colour[1], bright), tactus_scale(colour[2], bright));
}

tactus_effect tactus_effect_of(uint8_t kind) {
  switch (kind) {
    case TACTUS_CHASE:
      return chase;
    case TACTUS_BAR_COLOUR:
      return bar_colour;
    default:
      return pulse;
  }
}
