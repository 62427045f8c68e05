/* What the frames say: payload bytes into values, and the board's answers into bytes. PROTOCOL.md has every offset. */
#ifndef TACTUS_FRAMES_H
#define TACTUS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "frame-reader.h"

#ifndef TACTUS_PROTOCOL_MAJOR
#define TACTUS_PROTOCOL_MAJOR 1
#endif
#define TACTUS_PROTOCOL_MINOR 0

/* Of this firmware, for the welcome. */
#define TACTUS_VERSION_MAJOR 0
#define TACTUS_VERSION_MINOR 1
#define TACTUS_VERSION_PATCH 0

enum tactus_type {
  TACTUS_HELLO = 0x01,
  TACTUS_BEAT = 0x10,
  TACTUS_GRID = 0x11,
  TACTUS_LEVEL = 0x12,
  TACTUS_PIXELS = 0x13,
  TACTUS_PING = 0x20,
  TACTUS_WELCOME = 0x81,
  TACTUS_PONG = 0xa0
};

enum tactus_mode {
  TACTUS_FOLLOWING,
  TACTUS_FREE_RUNNING,
  TACTUS_HOLDING,
  TACTUS_FADING,
  TACTUS_IDLE,
  TACTUS_RELEASED,
  TACTUS_BLACKOUT,
  TACTUS_MODES
};

enum tactus_board_kind { TACTUS_BOARD_GENERIC, TACTUS_BOARD_AVR, TACTUS_BOARD_RP2040 };

struct tactus_announcement {
  int32_t due_in;         /* microseconds from sending, of the sender's clock; negative when it has fallen */
  uint16_t beat;          /* counts beats; a repeat or a revision has the same number */
  uint8_t beat_in_bar;    /* 1 = downbeat, 0 = unknown */
  uint8_t beats_per_bar;  /* 1..32 */
  uint16_t bar;
  uint32_t period;        /* microseconds, 100 000..3 000 000 */
  uint8_t confidence;     /* 255 = sure */
  uint8_t energy[3];      /* low, mid, high */
};

struct tactus_level {
  uint8_t mode;           /* enum tactus_mode */
  uint8_t level;          /* 255 = full */
  uint8_t effect;         /* enum tactus_effect_kind */
  uint8_t rgb[3];         /* base colour of the effects */
};

struct tactus_pixels {
  uint16_t first;         /* index of the first pixel */
  uint16_t count;
  bool show;              /* last piece of the picture */
  const uint8_t *rgb;
};

#ifdef __cplusplus
extern "C" {
#endif

/* Each is false when the payload is too short or a value is out of its range. Longer payloads are taken: a later minor version. */
bool tactus_parse_announcement(const struct tactus_frame *frame, struct tactus_announcement *out);
bool tactus_parse_level(const struct tactus_frame *frame, struct tactus_level *out);
bool tactus_parse_pixels(const struct tactus_frame *frame, struct tactus_pixels *out);

/* Longest answer of a board on the line, bytes. */
#define TACTUS_MAX_ANSWER 40

/* Header, payload (already at body + TACTUS_HEADER) and checksum, stuffed and framed. Returns the bytes for the line. */
uint16_t tactus_seal(uint8_t *body, uint8_t type, uint8_t counter, uint32_t sent_at, uint16_t length, uint8_t *line);

#ifdef __cplusplus
}
#endif
#endif
