/*
 * Bytes of the line into pictures for a strip: everything a board does except its pins, its line and its clock, which it is given.
 *
 *   for (;;) {
 *     while (a byte came) tactus_board_receive(&board, byte, when);
 *     at = tactus_board_next_picture(&board, earliest);
 *     tactus_board_render(&board, at);          // into setup.rgb
 *     ... send it so that it is seen at `at`
 *   }
 */
#ifndef TACTUS_BOARD_H
#define TACTUS_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "beat-clock.h"
#include "effects.h"
#include "flash-limit.h"
#include "frame-reader.h"
#include "frames.h"
#include "host-clock.h"

/* Bars the board goes on by itself when nothing is announced any more, before it fades. */
#ifndef TACTUS_FREE_RUN_BARS
#define TACTUS_FREE_RUN_BARS 8
#endif

/* Pictures are this far apart, except that there is one on every beat. Microseconds. */
#define TACTUS_PICTURE_INTERVAL_US 10000UL

#ifdef __cplusplus
extern "C" {
#endif

struct tactus_board_setup {
  uint8_t kind;           /* enum tactus_board_kind */
  uint8_t *rgb;           /* 3 * pixels bytes */
  uint16_t pixels;
  uint8_t brightness;     /* cap on all that is shown, 255 = none: what the power supply can give */
  uint32_t baud;
  uint32_t (*now)(void);  /* our clock, microseconds, wraps at 32 bits */
  void (*write)(const uint8_t *bytes, uint8_t length); /* must not wait; drops what does not fit */
};

struct tactus_board {
  struct tactus_board_setup setup;
  struct tactus_frame_reader reader;
  struct tactus_host_clock host;
  struct tactus_beat_clock beat;
  struct tactus_flash_limit flashes;
  struct tactus_level said; /* by the host */
  uint8_t energy[3];
  bool refused;           /* the host speaks another major version */
  bool counting;
  uint8_t counter;        /* of the last frame of the host */
  uint8_t answers;        /* counter of our own frames */
  uint16_t lost;          /* frames of the host that never came, wraps */
  uint16_t level;         /* what is shown, 65 280 = full */
  uint32_t level_at;
  uint32_t picture_at;    /* when the last picture was seen */
  bool pixels_shown;      /* the host sends the pictures itself ... */
  bool pixels_new;
  uint32_t pixels_at;     /* ... since its last piece came then */
};

/* `setup` is copied. */
void tactus_board_init(struct tactus_board *board, const struct tactus_board_setup *setup);

/* One byte of the line, which was complete at `at`. May call `setup.write`. */
void tactus_board_receive(struct tactus_board *board, uint8_t byte, uint32_t at);

/* When the next picture is to be seen, not before `earliest`: on the next beat where one is near. */
uint32_t tactus_board_next_picture(const struct tactus_board *board, uint32_t earliest);

/* Draws what is to be seen at `at` into `setup.rgb`. Times of successive calls never fall. */
void tactus_board_render(struct tactus_board *board, uint32_t at);

/* What the board does now: what the host said, or what it does by itself since nothing is announced any more. */
enum tactus_mode tactus_board_mode(const struct tactus_board *board);

#ifdef __cplusplus
}
#endif
#endif
