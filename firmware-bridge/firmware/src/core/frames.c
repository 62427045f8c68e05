#include "frames.h"

#include "bytes.h"
#include "crc16.h"

bool tactus_parse_announcement(const struct tactus_frame *frame, struct tactus_announcement *out) {
  const uint8_t *p = frame->payload;
  if (frame->length < 19) return false;
  out->due_in = (int32_t)tactus_u32(p);
  out->beat = tactus_u16(p + 4);
  out->beat_in_bar = p[6];
  out->beats_per_bar = p[7];
  out->bar = tactus_u16(p + 8);
  out->period = tactus_u32(p + 10);
  out->confidence = p[14];
  for (uint8_t band = 0; band < 3; band++) out->energy[band] = p[15 + band];
  return out->due_in > -10000000 && out->due_in < 10000000 && out->period >= 100000 && out->period <= 3000000 &&
         out->beats_per_bar >= 1 && out->beats_per_bar <= 32 && out->beat_in_bar <= out->beats_per_bar;
}

bool tactus_parse_level(const struct tactus_frame *frame, struct tactus_level *out) {
  const uint8_t *p = frame->payload;
  if (frame->length < 6 || p[0] >= TACTUS_MODES) return false;
  out->mode = p[0];
  out->level = p[1];
  out->effect = p[2];
  for (uint8_t i = 0; i < 3; i++) out->rgb[i] = p[3 + i];
  return true;
}

bool tactus_parse_pixels(const struct tactus_frame *frame, struct tactus_pixels *out) {
  if (frame->length < 3 || (frame->length - 3) % 3 != 0) return false;
  out->first = tactus_u16(frame->payload);
  out->show = (frame->payload[2] & 1) != 0;
  out->count = (uint16_t)((frame->length - 3) / 3);
  out->rgb = frame->payload + 3;
  return true;
}

uint16_t tactus_seal(uint8_t *body, uint8_t type, uint8_t counter, uint32_t sent_at, uint16_t length, uint8_t *line) {
  body[0] = type;
  body[1] = counter;
  tactus_put_u32(body + 2, sent_at);
  uint16_t end = (uint16_t)(TACTUS_HEADER + length);
  tactus_put_u16(body + end, tactus_crc16(body, end));
  return tactus_cobs_encode(body, (uint16_t)(end + TACTUS_CHECKSUM), line);
}
