/*
 * Announced beats into the beat and bar phase at any instant of our own microsecond clock.
 *
 * A phase-locked loop: an announcement that lies close to where the loop expects the beat pulls its phase and its period;
 * one that lies elsewhere is a jump of the music and is adopted. Between announcements, and when they are lost, the loop runs on.
 */
#ifndef TACTUS_BEAT_CLOCK_H
#define TACTUS_BEAT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tactus_beat_clock {
  bool running;
  uint32_t last;          /* the last beat that fell, microseconds ... */
  uint8_t last_fraction;  /* ... and 1/256 microseconds */
  uint32_t period;        /* 1/256 microseconds */
  uint16_t beat;          /* number of the last beat */
  uint8_t place;          /* place of the last beat in its bar, from 0 */
  uint8_t beats_per_bar;
  bool downbeat_known;
  uint16_t bar;
  uint16_t alone;         /* beats that fell since the last announcement that was taken */
  int16_t phase_error;    /* of the last announcement against the loop, microseconds, clamped */
};

/* One announcement in our own clock. */
struct tactus_beat_news {
  uint32_t due;           /* microseconds */
  uint32_t period;        /* microseconds */
  uint16_t beat;
  uint8_t beat_in_bar;    /* 1 = downbeat, 0 = unknown */
  uint8_t beats_per_bar;
  uint16_t bar;
};

/* Where the music is at one instant. */
struct tactus_beat_place {
  uint16_t phase;         /* in the beat, 1 / 65536 */
  uint16_t beat;
  uint8_t beat_in_bar;    /* from 1; counts on from 1 when the downbeat is unknown */
  uint8_t beats_per_bar;
  uint16_t bar;
};

void tactus_beat_clock_reset(struct tactus_beat_clock *clock);

/* Lets the beats up to `now` fall. To be called at least every 35 minutes. Returns how many fell, at most 65 535. */
uint16_t tactus_beat_clock_advance(struct tactus_beat_clock *clock, uint32_t now);

/* Takes an announcement; the same one twice changes little, and nothing when the loop is in phase. */
void tactus_beat_clock_announce(struct tactus_beat_clock *clock, uint32_t now, const struct tactus_beat_news *news);

/* The next beat to fall. Only while running. */
uint32_t tactus_beat_clock_next(const struct tactus_beat_clock *clock);

/* The place at `at`, which is not before the last beat that fell; it may lie some beats ahead. Only while running. */
struct tactus_beat_place tactus_beat_clock_place(const struct tactus_beat_clock *clock, uint32_t at);

#ifdef __cplusplus
}
#endif
#endif
