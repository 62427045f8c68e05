/*
 * The firmware of `make generic`: a board as a program, with standard input and output for its serial line. It says on standard
 * error what it was told and what it shows, one line each: for tests, and to try the bridge without a board:
 *
 *   socat PTY,link=/tmp/board,rawer EXEC:build/tactus-generic
 */
#define _POSIX_C_SOURCE 200809L

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../src/core/bytes.h"
#include "../src/core/strip-loop.h"

#ifndef PIXELS
#define PIXELS 60
#endif

static uint8_t rgb[3 * PIXELS];
static uint8_t shown[3];
static struct tactus_board board;
static struct tactus_frame_reader reader; /* a second one, to tell what comes */

static uint32_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint32_t)((uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_nsec / 1000u);
}

static void write_answer(const uint8_t *bytes, uint8_t length) {
  if (write(STDOUT_FILENO, bytes, length) != length) exit(0);
}

static void tell(const struct tactus_frame *frame) {
  struct tactus_announcement said;
  struct tactus_level level;
  if ((frame->type == TACTUS_BEAT || frame->type == TACTUS_GRID) && tactus_parse_announcement(frame, &said)) {
    fprintf(stderr, "%s %u in %ld us, %u of %u, period %lu us\n", frame->type == TACTUS_BEAT ? "beat" : "grid", said.beat,
            (long)said.due_in, said.beat_in_bar, said.beats_per_bar, (unsigned long)said.period);
  } else if (frame->type == TACTUS_LEVEL && tactus_parse_level(frame, &level)) {
    fprintf(stderr, "level mode %u level %u effect %u\n", level.mode, level.level, level.effect);
  } else if (frame->type == TACTUS_HELLO) {
    fprintf(stderr, "hello\n");
  }
}

static void take_bytes(struct tactus_board *to) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  uint8_t bytes[256];
  if (poll(&input, 1, 1) <= 0) return;
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count <= 0) exit(0);
  uint32_t at = now();
  for (ssize_t i = 0; i < count; i++) {
    struct tactus_frame frame;
    if (tactus_frame_reader_push(&reader, bytes[i], at, &frame)) tell(&frame);
    tactus_board_receive(to, bytes[i], at);
  }
}

static void send_picture(void) {
  if (memcmp(shown, rgb, sizeof shown) == 0) return;
  memcpy(shown, rgb, sizeof shown);
  fprintf(stderr, "shows %u %u %u at %lu us\n", rgb[0], rgb[1], rgb[2], (unsigned long)now());
}

int main(void) {
  static const struct tactus_board_setup setup = {TACTUS_BOARD_GENERIC, rgb, PIXELS, 255, 115200, now, write_answer};
  static struct tactus_strip_loop loop = {take_bytes, send_picture, 100, 100, 0};
  setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
  tactus_frame_reader_init(&reader);
  tactus_board_init(&board, &setup);
  for (;;) tactus_strip_loop_run(&loop, &board);
}
