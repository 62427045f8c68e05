#include <string.h>

#include "../src/core/board.h"
#include "../src/core/bytes.h"
#include "check.h"

#define PIXELS 8

static struct tactus_board board;
static uint8_t rgb[3 * PIXELS];
static uint32_t clock_us;
static uint8_t answer[64];
static uint8_t answer_length;
static uint8_t counter;

static uint32_t now(void) { return clock_us; }

static void write_answer(const uint8_t *bytes, uint8_t length) {
  memcpy(answer, bytes, length);
  answer_length = length;
}

static void start(void) {
  const struct tactus_board_setup setup = {TACTUS_BOARD_GENERIC, rgb, PIXELS, 255, 115200, now, write_answer};
  clock_us = 4294000000u; /* wraps within a second */
  answer_length = 0;
  counter = 0;
  tactus_board_init(&board, &setup);
}

/* A frame that arrives at once; the host's clock is a million ahead of ours. */
static void say(uint8_t type, const uint8_t *payload, uint16_t length) {
  uint8_t body[64];
  uint8_t line[80];
  if (length > 0) memcpy(body + TACTUS_HEADER, payload, length);
  uint16_t written = tactus_seal(body, type, counter++, clock_us + 1000000u, length, line);
  for (uint16_t i = 0; i < written; i++) tactus_board_receive(&board, line[i], clock_us + 173);
}

static void say_hello(uint8_t major) {
  const uint8_t payload[] = {major, 0};
  say(TACTUS_HELLO, payload, 2);
}

static void say_level(uint8_t mode, uint8_t level) {
  const uint8_t payload[] = {mode, level, TACTUS_PULSE, 255, 255, 255};
  say(TACTUS_LEVEL, payload, 6);
}

static void say_beat(uint32_t due_in, uint16_t number) {
  uint8_t payload[19] = {0};
  tactus_put_u32(payload, due_in);
  tactus_put_u16(payload + 4, number);
  payload[6] = (uint8_t)(number % 4 + 1);
  payload[7] = 4;
  tactus_put_u16(payload + 8, number / 4);
  tactus_put_u32(payload + 10, 500000);
  payload[14] = payload[15] = 255;
  say(TACTUS_BEAT, payload, 19);
}

static uint8_t picture(void) {
  uint32_t at = tactus_board_next_picture(&board, clock_us);
  clock_us = at;
  tactus_board_render(&board, at);
  return rgb[0];
}

/* Beats every 500 ms; returns the number of the next one. */
static uint16_t follow(uint16_t beats) {
  say_hello(TACTUS_PROTOCOL_MAJOR);
  say_level(TACTUS_FOLLOWING, 255);
  for (uint16_t i = 0; i < beats; i++) {
    say_beat(150000, i);
    say_level(TACTUS_FOLLOWING, 255);
    uint32_t until = clock_us + 500000;
    while (tactus_since(until, clock_us) > 10000) picture();
    clock_us = until;
  }
  return beats;
}

static bool answered(struct tactus_frame *frame) {
  static struct tactus_frame_reader reader;
  bool whole = false;
  tactus_frame_reader_init(&reader);
  for (uint8_t i = 0; i < answer_length; i++) whole = tactus_frame_reader_push(&reader, answer[i], 0, frame) || whole;
  return whole;
}

static void welcomes_a_host_and_says_what_it_is(void) {
  struct tactus_frame frame;
  start();
  say_hello(TACTUS_PROTOCOL_MAJOR);
  CHECK(answered(&frame));
  CHECK(frame.type == TACTUS_WELCOME && frame.payload[0] == TACTUS_PROTOCOL_MAJOR && frame.payload[6] == PIXELS);
}

static void answers_another_major_and_then_stays_dark(void) {
  struct tactus_frame frame;
  start();
  say_hello(TACTUS_PROTOCOL_MAJOR + 1);
  CHECK(answered(&frame) && frame.type == TACTUS_WELCOME && frame.payload[0] == TACTUS_PROTOCOL_MAJOR);
  say_level(TACTUS_FOLLOWING, 255);
  say_beat(150000, 0);
  for (int i = 0; i < 40; i++) CHECK(picture() == 0);
}

static void has_a_picture_exactly_on_the_beat(void) {
  start();
  follow(8);
  say_beat(150000, 8);
  uint32_t due = clock_us + 150000;
  bool on_beat = false;
  while (tactus_since(due, clock_us) > -20000) {
    uint8_t bright = picture();
    if (tactus_since(clock_us, due) > -200 && tactus_since(clock_us, due) < 200) on_beat = bright > 200;
  }
  CHECK(on_beat);
}

static void free_runs_for_eight_bars_and_then_fades(void) {
  start();
  follow(8);
  uint8_t brightest = 0;
  for (uint32_t until = clock_us + 31u * 500000u; tactus_since(until, clock_us) > 0;) {
    uint8_t bright = picture();
    if (bright > brightest) brightest = bright;
  }
  CHECK(brightest > 200);
  CHECK(tactus_board_mode(&board) == TACTUS_FREE_RUNNING);
  for (uint32_t until = clock_us + 5000000u; tactus_since(until, clock_us) > 0;) picture();
  CHECK(tactus_board_mode(&board) == TACTUS_IDLE);
  CHECK(picture() == 0);
}

static void comes_back_when_beats_come_back(void) {
  start();
  follow(4);
  clock_us += 40000000u;
  picture();
  say_beat(150000, 4);
  say_level(TACTUS_FOLLOWING, 255);
  uint8_t brightest = 0;
  for (int i = 0; i < 40; i++) {
    uint8_t bright = picture();
    if (bright > brightest) brightest = bright;
  }
  CHECK(brightest > 100);
}

static void blackout_is_dark_with_the_next_picture(void) {
  start();
  follow(8);
  say_level(TACTUS_BLACKOUT, 255);
  for (int i = 0; i < 60; i++) CHECK(picture() == 0);
}

static void released_hands_the_strip_back_dark(void) {
  start();
  follow(8);
  say_level(TACTUS_RELEASED, 0);
  for (int i = 0; i < 60; i++) picture();
  CHECK(picture() == 0);
}

static void shows_pixels_of_the_host(void) {
  start();
  say_hello(TACTUS_PROTOCOL_MAJOR);
  const uint8_t piece[] = {2, 0, 1, 10, 20, 30, 40, 50, 60};
  say(TACTUS_PIXELS, piece, sizeof piece);
  picture();
  CHECK(rgb[6] == 10 && rgb[7] == 20 && rgb[8] == 30 && rgb[11] == 60);
  const uint8_t beyond[] = {250, 255, 1, 1, 2, 3};
  say(TACTUS_PIXELS, beyond, sizeof beyond);
  picture();
}

static void pong_counts_what_never_came(void) {
  struct tactus_frame frame;
  start();
  say_hello(TACTUS_PROTOCOL_MAJOR);
  say(TACTUS_PING, NULL, 0);
  counter = (uint8_t)(counter + 3);
  say(TACTUS_PING, NULL, 0);
  CHECK(answered(&frame) && frame.type == TACTUS_PONG);
  CHECK(tactus_u16(frame.payload + 11) == 3); /* good */
  CHECK(tactus_u16(frame.payload + 15) == 3); /* lost */
  CHECK(tactus_u32(frame.payload) == clock_us + 1000000u);
}

void test_board(void) {
  welcomes_a_host_and_says_what_it_is();
  answers_another_major_and_then_stays_dark();
  has_a_picture_exactly_on_the_beat();
  free_runs_for_eight_bars_and_then_fades();
  comes_back_when_beats_come_back();
  blackout_is_dark_with_the_next_picture();
  released_hands_the_strip_back_dark();
  shows_pixels_of_the_host();
  pong_counts_what_never_came();
}
