#include "../src/core/beat-clock.h"
#include "../src/core/bytes.h"
#include "../src/core/flash-limit.h"
#include "../src/core/host-clock.h"
#include "check.h"

/* A board whose crystal is `ppm` fast; both clocks wrap during the tests. */
static uint32_t board_time(uint64_t host_us, long ppm) {
  return (uint32_t)(host_us + (uint64_t)((int64_t)host_us * ppm / 1000000) + 4294000000u);
}

static void host_clock_learns_a_crystal_half_a_percent_off(void) {
  for (long ppm = -5000; ppm <= 5000; ppm += 2500) {
    struct tactus_host_clock clock;
    tactus_host_clock_reset(&clock);
    uint64_t host = 4290000000u;
    for (int i = 0; i < 80; i++) {
      host += 250000;
      uint32_t jitter = (uint32_t)((i * 37) % 300);
      tactus_host_clock_observe(&clock, (uint32_t)host, board_time(host, ppm) + jitter);
    }
    CHECK_NEAR(clock.rate, ppm * 1048576 / 1000000, 60);
    /* Five seconds ahead, where nothing has been heard yet. */
    uint32_t ahead = tactus_host_clock_to_board(&clock, (uint32_t)(host + 5000000));
    CHECK_NEAR(tactus_since(ahead, board_time(host + 5000000, ppm)), 150, 500);
  }
}

static void host_clock_is_not_moved_by_late_and_repeated_frames(void) {
  struct tactus_host_clock clock;
  tactus_host_clock_reset(&clock);
  uint64_t host = 1000000;
  for (int i = 0; i < 40; i++) {
    host += 250000;
    CHECK(tactus_host_clock_observe(&clock, (uint32_t)host, board_time(host, 0)));
    CHECK(!tactus_host_clock_observe(&clock, (uint32_t)host - 250000, board_time(host, 0) + 30000));
    CHECK(!tactus_host_clock_observe(&clock, (uint32_t)host + 50000, board_time(host + 50000, 0) + 40000));
  }
  CHECK_NEAR(tactus_since(tactus_host_clock_to_board(&clock, (uint32_t)host), board_time(host, 0)), 0, 20);
}

static void host_clock_follows_a_host_that_started_again(void) {
  struct tactus_host_clock clock;
  tactus_host_clock_reset(&clock);
  for (uint32_t i = 0; i < 20; i++) tactus_host_clock_observe(&clock, 900000000 + i * 250000, i * 250000);
  for (uint32_t i = 0; i < 10; i++) tactus_host_clock_observe(&clock, 1000 + i * 250000, 6000000 + i * 250000);
  CHECK_NEAR(tactus_host_clock_to_board(&clock, 1000), 6000000, 50);
}

static struct tactus_beat_news beat(uint32_t due, uint16_t number) {
  struct tactus_beat_news news = {
      .due = due,
      .period = 500000,
      .beat = number,
      .beat_in_bar = (uint8_t)(number % 4 + 1),
      .beats_per_bar = 4,
      .bar = (uint16_t)(number / 4),
  };
  return news;
}

static void beat_clock_counts_across_the_wrap_of_32_bits(void) {
  struct tactus_beat_clock clock;
  tactus_beat_clock_reset(&clock);
  uint32_t start = 4294967295u - 1000000u;
  for (uint16_t i = 0; i < 8; i++) {
    struct tactus_beat_news news = beat(start + (uint32_t)i * 500000u, i);
    tactus_beat_clock_announce(&clock, news.due - 150000u, &news);
  }
  tactus_beat_clock_advance(&clock, start + 7 * 500000u + 125000u);
  struct tactus_beat_place place = tactus_beat_clock_place(&clock, start + 7 * 500000u + 125000u);
  CHECK(place.beat == 7 && place.beat_in_bar == 4 && place.bar == 1);
  CHECK_NEAR(place.phase, 16384, 40);
}

static void beat_clock_runs_on_for_minutes_without_announcements(void) {
  struct tactus_beat_clock clock;
  tactus_beat_clock_reset(&clock);
  for (uint16_t i = 0; i < 40; i++) {
    struct tactus_beat_news news = beat(1000000u + (uint32_t)i * 501500u, i); /* 0.3 % slower than it says */
    tactus_beat_clock_announce(&clock, news.due - 150000u, &news);
  }
  uint32_t minute_later = 1000000u + (39u + 120u) * 501500u;
  CHECK(tactus_beat_clock_advance(&clock, minute_later + 250000u) == 121);
  CHECK_NEAR(tactus_since(clock.last, minute_later), 0, 2000);
  CHECK(clock.alone == 121);
}

static void beat_clock_follows_a_jump_of_the_music_at_once(void) {
  struct tactus_beat_clock clock;
  tactus_beat_clock_reset(&clock);
  struct tactus_beat_news news = beat(1000000, 0);
  tactus_beat_clock_announce(&clock, 900000, &news);
  news = beat(1700000, 1); /* 200 ms later than expected */
  tactus_beat_clock_announce(&clock, 1450000, &news);
  CHECK(tactus_beat_clock_next(&clock) == 1700000);
  news = beat(2000000, 2);
  news.period = 300000;
  tactus_beat_clock_announce(&clock, 1750000, &news);
  CHECK(tactus_beat_clock_next(&clock) == 2000000);
  CHECK(clock.period >> 8 == 300000);
}

static void beat_clock_lets_no_beat_fall_twice_when_corrected(void) {
  struct tactus_beat_clock clock;
  tactus_beat_clock_reset(&clock);
  uint32_t fallen = 0;
  uint32_t now = 500000;
  for (uint16_t i = 0; i < 200; i++) {
    uint32_t due = 1000000u + (uint32_t)i * 500000u;
    uint32_t jitter = (uint32_t)((i * 7919u) % 16000u);
    for (; tactus_since(now, due - 150000u) < 0; now += 1000) fallen += tactus_beat_clock_advance(&clock, now);
    struct tactus_beat_news news = beat(due + jitter - 8000u, i);
    tactus_beat_clock_announce(&clock, now, &news);
    tactus_beat_clock_announce(&clock, now, &news);
  }
  CHECK_NEAR(fallen, 199, 1);
}

static void flash_limit_lets_three_flashes_a_second_through(void) {
  struct tactus_flash_limit limit;
  tactus_flash_limit_reset(&limit);
  uint8_t rgb[6];
  uint32_t rises[400];
  int count = 0;
  uint8_t before = 0;
  for (uint32_t at = 4294900000u, i = 0; i < 2000; i++, at += 10000u) {
    uint8_t wanted = (i / 5) % 2 ? 255 : 0; /* a strobe of ten flashes a second */
    for (int k = 0; k < 6; k++) rgb[k] = wanted;
    tactus_flash_limit_apply(&limit, at, rgb, 2);
    if (rgb[0] > before + 25) rises[count++] = at;
    before = rgb[0];
  }
  CHECK(count > 40);
  for (int i = 3; i < count; i++) CHECK(rises[i] - rises[i - 3] > 1000000u);
}

static void fast_music_flashes_on_every_second_beat(void) {
  CHECK(tactus_beats_per_flash(500000) == 1);  /* 120 bpm */
  CHECK(tactus_beats_per_flash(345000) == 1);  /* 174 bpm */
  CHECK(tactus_beats_per_flash(333333) == 2);  /* 180 bpm */
  CHECK(tactus_beats_per_flash(150000) == 3);  /* 400 bpm */
}

void test_clocks(void) {
  host_clock_learns_a_crystal_half_a_percent_off();
  host_clock_is_not_moved_by_late_and_repeated_frames();
  host_clock_follows_a_host_that_started_again();
  beat_clock_counts_across_the_wrap_of_32_bits();
  beat_clock_runs_on_for_minutes_without_announcements();
  beat_clock_follows_a_jump_of_the_music_at_once();
  beat_clock_lets_no_beat_fall_twice_when_corrected();
  flash_limit_lets_three_flashes_a_second_through();
  fast_music_flashes_on_every_second_beat();
}
