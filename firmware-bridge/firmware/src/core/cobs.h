/* Bytes of the line into the bytes of a frame, one at a time, and back: Consistent Overhead Byte Stuffing, 0 ends a frame. */
#ifndef TACTUS_COBS_H
#define TACTUS_COBS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tactus_cobs {
  uint8_t left;        /* bytes of the block still to come */
  bool zero_follows;   /* the block ends in a zero, unless the frame ends there */
};

enum tactus_cobs_result {
  TACTUS_COBS_NOTHING, /* no byte came out */
  TACTUS_COBS_BYTE,    /* one byte came out */
  TACTUS_COBS_END,     /* the frame is complete */
  TACTUS_COBS_BROKEN   /* the frame ended inside a block */
};

/* Also the state after END and BROKEN. */
void tactus_cobs_reset(struct tactus_cobs *cobs);

/*
 * Takes both encodings of a run of 254 non-zero bytes that ends a frame: `ff` + 254 bytes, and the same with a closing `01`.
 * Constant time.
 */
enum tactus_cobs_result tactus_cobs_push(struct tactus_cobs *cobs, uint8_t byte, uint8_t *out);

/* Writes `00`, the encoded bytes, `00`. `out` holds at least length + length / 254 + 3 bytes. Returns how many were written. */
uint16_t tactus_cobs_encode(const uint8_t *bytes, uint16_t length, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
