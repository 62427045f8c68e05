#include "cobs.h"

void tactus_cobs_reset(struct tactus_cobs *cobs) {
  cobs->left = 0;
  cobs->zero_follows = false;
}

enum tactus_cobs_result tactus_cobs_push(struct tactus_cobs *cobs, uint8_t byte, uint8_t *out) {
  if (byte == 0) {
    bool complete = cobs->left == 0;
    tactus_cobs_reset(cobs);
    return complete ? TACTUS_COBS_END : TACTUS_COBS_BROKEN;
  }
  if (cobs->left > 0) {
    cobs->left--;
    *out = byte;
    return TACTUS_COBS_BYTE;
  }
  /* A code byte: the zero of the block before it is due only now, because the frame did not end there. */
  bool zero_due = cobs->zero_follows;
  cobs->left = (uint8_t)(byte - 1);
  cobs->zero_follows = byte != 0xff;
  if (!zero_due) return TACTUS_COBS_NOTHING;
  *out = 0;
  return TACTUS_COBS_BYTE;
}

uint16_t tactus_cobs_encode(const uint8_t *bytes, uint16_t length, uint8_t *out) {
  uint16_t written = 0;
  out[written++] = 0;
  uint16_t code_at = written++;
  uint8_t code = 1;
  for (uint16_t i = 0; i < length; i++) {
    if (code == 0xff) {
      out[code_at] = code;
      code_at = written++;
      code = 1;
    }
    if (bytes[i] == 0) {
      out[code_at] = code;
      code_at = written++;
      code = 1;
    } else {
      out[written++] = bytes[i];
      code++;
    }
  }
  out[code_at] = code;
  out[written++] = 0;
  return written;
}
