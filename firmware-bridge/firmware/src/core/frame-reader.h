/* Bytes of the line into checked frames, without allocation. */
#ifndef TACTUS_FRAME_READER_H
#define TACTUS_FRAME_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "cobs.h"

/* Longest frame taken, bytes with header and checksum. Longer ones are skipped and counted. */
#ifndef TACTUS_MAX_BODY
#define TACTUS_MAX_BODY 128
#endif

/* Type, counter and sender's clock; the checksum behind the payload. PROTOCOL.md has every byte. */
#define TACTUS_HEADER 6
#define TACTUS_CHECKSUM 2

#ifdef __cplusplus
extern "C" {
#endif

struct tactus_frame {
  uint8_t type;
  uint8_t counter;
  uint32_t sent_at;       /* sender's clock, microseconds */
  uint32_t received_at;   /* our clock when the frame began, microseconds */
  const uint8_t *payload; /* valid until the next byte is pushed */
  uint16_t length;        /* of the payload */
};

struct tactus_frame_reader {
  struct tactus_cobs cobs;
  uint8_t body[TACTUS_MAX_BODY];
  uint16_t length;
  bool overlong;
  bool between;           /* the byte before this one ended a frame */
  uint32_t began_at;
  uint16_t good;          /* frames that passed, wraps */
  uint16_t bad;           /* frames cut, overlong or with a wrong checksum, wraps */
};

void tactus_frame_reader_init(struct tactus_frame_reader *reader);

/*
 * One byte in; true when it completed a frame, which is then in `frame`. `at` is when the byte arrived and matters only for
 * the first byte of a frame. Damaged frames are counted and skipped; the next 0 on the line starts afresh.
 * Constant time except at a frame's end, where the checksum is computed.
 */
bool tactus_frame_reader_push(struct tactus_frame_reader *reader, uint8_t byte, uint32_t at, struct tactus_frame *frame);

#ifdef __cplusplus
}
#endif
#endif
