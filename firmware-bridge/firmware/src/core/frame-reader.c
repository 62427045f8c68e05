#include "frame-reader.h"

#include "bytes.h"
#include "crc16.h"

static void start_afresh(struct tactus_frame_reader *reader) {
  tactus_cobs_reset(&reader->cobs);
  reader->length = 0;
  reader->overlong = false;
  reader->between = true;
}

void tactus_frame_reader_init(struct tactus_frame_reader *reader) {
  start_afresh(reader);
  reader->began_at = 0;
  reader->good = 0;
  reader->bad = 0;
}

static bool is_whole(const struct tactus_frame_reader *reader) {
  if (reader->overlong || reader->length < TACTUS_HEADER + TACTUS_CHECKSUM) return false;
  uint16_t end = (uint16_t)(reader->length - TACTUS_CHECKSUM);
  return tactus_crc16(reader->body, end) == tactus_u16(reader->body + end);
}

static bool finish(struct tactus_frame_reader *reader, struct tactus_frame *frame, bool complete) {
  bool nothing = reader->length == 0 && !reader->overlong && complete;
  bool whole = complete && is_whole(reader);
  if (whole) {
    frame->type = reader->body[0];
    frame->counter = reader->body[1];
    frame->sent_at = tactus_u32(reader->body + 2);
    frame->received_at = reader->began_at;
    frame->payload = reader->body + TACTUS_HEADER;
    frame->length = (uint16_t)(reader->length - TACTUS_HEADER - TACTUS_CHECKSUM);
    reader->good++;
  } else if (!nothing) {
    reader->bad++;
  }
  start_afresh(reader);
  return whole;
}

bool tactus_frame_reader_push(struct tactus_frame_reader *reader, uint8_t byte, uint32_t at, struct tactus_frame *frame) {
  if (reader->between && byte != 0) {
    reader->between = false;
    reader->began_at = at;
  }
  uint8_t decoded = 0;
  switch (tactus_cobs_push(&reader->cobs, byte, &decoded)) {
    case TACTUS_COBS_BYTE:
      if (reader->length < TACTUS_MAX_BODY) reader->body[reader->length++] = decoded;
      else reader->overlong = true;
      return false;
    case TACTUS_COBS_END:
      return finish(reader, frame, true);
    case TACTUS_COBS_BROKEN:
      return finish(reader, frame, false);
    default:
      return false;
  }
}
