#include "flash-limit.h"

#include "bytes.h"

#define STEP 25 /* 10 % of full brightness */

void tactus_flash_limit_reset(struct tactus_flash_limit *limit) {
  limit->rising = false;
  limit->extreme = 0;
  limit->last = 0;
  limit->flashed = false;
}

static uint8_t brightness(const uint8_t *rgb, uint16_t pixels) {
  uint32_t sum = 0;
  uint16_t bytes = (uint16_t)(pixels * 3);
  for (uint16_t i = 0; i < bytes; i++) sum += rgb[i];
  return bytes == 0 ? 0 : (uint8_t)(sum / bytes);
}

static void dim(uint8_t *rgb, uint16_t pixels, uint8_t from, uint8_t to) {
  uint16_t share = (uint16_t)(((uint16_t)to << 8) / from);
  uint16_t bytes = (uint16_t)(pixels * 3);
  for (uint16_t i = 0; i < bytes; i++) rgb[i] = (uint8_t)(((uint16_t)rgb[i] * share) >> 8);
}

void tactus_flash_limit_apply(struct tactus_flash_limit *limit, uint32_t at, uint8_t *rgb, uint16_t pixels) {
  if (TACTUS_FLASH_INTERVAL_US == 0) return;
  uint8_t now = brightness(rgb, pixels);
  if (limit->rising) {
    if (now > limit->extreme) limit->extreme = now;
    if (now + STEP > limit->extreme) return;
    limit->rising = false;
    limit->extreme = now;
    return;
  }
  if (now < limit->extreme) limit->extreme = now;
  if (now < limit->extreme + STEP) return;
  if (limit->flashed && (at - limit->last) < TACTUS_FLASH_INTERVAL_US) {
    dim(rgb, pixels, now, (uint8_t)(limit->extreme + STEP - 1));
    return;
  }
  limit->flashed = true;
  limit->last = at;
  limit->rising = true;
  limit->extreme = now;
}

uint8_t tactus_beats_per_flash(uint32_t period) {
  uint8_t beats = 1;
  if (TACTUS_FLASH_INTERVAL_US == 0) return 1;
  /* A little slower than the limit itself, so that the loop's corrections do not push single beats over it. */
  while (beats < 16 && period * beats < TACTUS_FLASH_INTERVAL_US + TACTUS_FLASH_INTERVAL_US / 64) beats++;
  return beats;
}
