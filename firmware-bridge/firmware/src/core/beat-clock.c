#include "beat-clock.h"

#include "bytes.h"

/* An announcement further than this from the loop's beat is a jump, microseconds. */
#define JUMP_US 25000
/* Shares of an error that go into phase and period. */
#define PHASE_SHARE 2
#define PERIOD_SHARE 8
/* The announced period replaces the loop's when they differ by more than 1 / this. */
#define NEW_TEMPO 64

void tactus_beat_clock_reset(struct tactus_beat_clock *clock) {
  clock->running = false;
  clock->last = 0;
  clock->last_fraction = 0;
  clock->period = 0;
  clock->beat = 0;
  clock->place = 0;
  clock->beats_per_bar = 4;
  clock->downbeat_known = false;
  clock->bar = 0;
  clock->alone = 0;
  clock->phase_error = 0;
}

/* Moves the reference by whole beats, forward only. */
static void step(struct tactus_beat_clock *clock) {
  uint32_t fraction = clock->last_fraction + (clock->period & 0xff);
  clock->last += (clock->period >> 8) + (fraction >> 8);
  clock->last_fraction = (uint8_t)fraction;
  clock->beat++;
  if (++clock->place >= clock->beats_per_bar) {
    clock->place = 0;
    clock->bar++;
  }
}

uint16_t tactus_beat_clock_advance(struct tactus_beat_clock *clock, uint32_t now) {
  uint16_t fallen = 0;
  if (!clock->running) return 0;
  while (fallen < 0xffff && tactus_since(now, tactus_beat_clock_next(clock)) >= 0) {
    step(clock);
    fallen++;
  }
  uint32_t alone = (uint32_t)clock->alone + fallen;
  clock->alone = alone > 0xffff ? 0xffff : (uint16_t)alone;
  return fallen;
}

uint32_t tactus_beat_clock_next(const struct tactus_beat_clock *clock) {
  return clock->last + ((clock->period + clock->last_fraction) >> 8);
}

/* Whole beats from the last one to the announced one, the nearest; negative for one that fell before. */
static int32_t beats_to(const struct tactus_beat_clock *clock, uint32_t due) {
  int32_t distance = tactus_since(due, clock->last);
  int32_t period = (int32_t)(clock->period >> 8);
  int32_t half = period / 2;
  return (distance + (distance < 0 ? -half : half)) / period;
}

static void place_bar(struct tactus_beat_clock *clock, const struct tactus_beat_news *news, int32_t ahead) {
  clock->beats_per_bar = news->beats_per_bar;
  clock->beat = (uint16_t)(news->beat - (uint16_t)ahead);
  if (news->beat_in_bar == 0) {
    if (clock->place >= news->beats_per_bar) clock->place = 0;
    return;
  }
  int32_t bars_back = 0;
  int32_t place = (int32_t)news->beat_in_bar - 1 - ahead;
  while (place < 0) {
    place += news->beats_per_bar;
    bars_back++;
  }
  while (place >= news->beats_per_bar) {
    place -= news->beats_per_bar;
    bars_back--;
  }
  clock->downbeat_known = true;
  clock->place = (uint8_t)place;
  clock->bar = (uint16_t)(news->bar - (uint16_t)bars_back);
}

/* The announced beat becomes the reference; it may lie ahead, and then the beat before it is the last one. */
static void adopt(struct tactus_beat_clock *clock, uint32_t now, const struct tactus_beat_news *news) {
  clock->running = true;
  clock->period = news->period << 8;
  int32_t wait = tactus_since(news->due, now);
  int32_t ahead = wait > 0 ? (wait + (int32_t)news->period - 1) / (int32_t)news->period : 0;
  clock->last = news->due - (uint32_t)ahead * news->period;
  clock->last_fraction = 0;
  clock->phase_error = 0;
  clock->downbeat_known = false;
  place_bar(clock, news, ahead);
  tactus_beat_clock_advance(clock, now);
}

static int16_t clamp(int32_t error) {
  if (error > 32767) return 32767;
  return error < -32767 ? -32767 : (int16_t)error;
}

void tactus_beat_clock_announce(struct tactus_beat_clock *clock, uint32_t now, const struct tactus_beat_news *news) {
  tactus_beat_clock_advance(clock, now);
  if (!clock->running) {
    adopt(clock, now, news);
    clock->alone = 0;
    return;
  }
  uint32_t period = clock->period >> 8;
  int32_t apart = (int32_t)(news->period - period);
  int32_t ahead = beats_to(clock, news->due);
  uint32_t expected = clock->last + (uint32_t)ahead * period + (uint32_t)((ahead * (int32_t)(clock->period & 0xff)) / 256);
  int32_t error = tactus_since(news->due, expected);
  if (apart > (int32_t)(period / NEW_TEMPO) || -apart > (int32_t)(period / NEW_TEMPO) || error > JUMP_US || error < -JUMP_US) {
    adopt(clock, now, news);
    clock->phase_error = clamp(error);
    clock->alone = 0;
    return;
  }
  clock->last += (uint32_t)(error / PHASE_SHARE);
  /* What drifted over several beats is shared among them; a second announcement of the same beat says nothing about the period. */
  if (clock->alone > 0) clock->period += (uint32_t)((error * (256 / PERIOD_SHARE)) / (int32_t)clock->alone);
  clock->phase_error = clamp(error);
  place_bar(clock, news, ahead);
  clock->alone = 0;
}

struct tactus_beat_place tactus_beat_clock_place(const struct tactus_beat_clock *clock, uint32_t at) {
  struct tactus_beat_clock ahead = *clock;
  ahead.alone = 0;
  tactus_beat_clock_advance(&ahead, at);
  int32_t into = tactus_since(at, ahead.last);
  uint32_t phase = into <= 0 ? 0 : ((uint32_t)into << 8) / (ahead.period >> 16);
  struct tactus_beat_place place = {
      .phase = phase > 0xffff ? 0xffff : (uint16_t)phase,
      .beat = ahead.beat,
      .beat_in_bar = (uint8_t)(ahead.place + 1),
      .beats_per_bar = ahead.beats_per_bar,
      .bar = ahead.bar,
  };
  return place;
}
