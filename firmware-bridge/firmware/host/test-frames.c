#include <string.h>

#include "../src/core/bytes.h"
#include "../src/core/cobs.h"
#include "../src/core/crc16.h"
#include "../src/core/frames.h"
#include "check.h"

static long decode(const uint8_t *line, size_t length, uint8_t *out) {
  struct tactus_cobs cobs;
  long written = 0;
  tactus_cobs_reset(&cobs);
  for (size_t i = 0; i < length; i++) {
    uint8_t byte;
    switch (tactus_cobs_push(&cobs, line[i], &byte)) {
      case TACTUS_COBS_BYTE:
        out[written++] = byte;
        break;
      case TACTUS_COBS_END:
        return written;
      case TACTUS_COBS_BROKEN:
        return -1;
      default:
        break;
    }
  }
  return -2;
}

static void crc_matches_the_published_check_value(void) {
  CHECK(tactus_crc16((const uint8_t *)"123456789", 9) == 0x29b1);
}

static void cobs_takes_both_encodings_of_a_closing_run_of_254(void) {
  uint8_t line[260];
  uint8_t out[260];
  line[0] = 0xff;
  for (int i = 1; i <= 254; i++) line[i] = (uint8_t)i;

  line[255] = 0;
  CHECK(decode(line, 256, out) == 254);
  CHECK(out[0] == 1 && out[253] == 254);

  line[255] = 1;
  line[256] = 0;
  CHECK(decode(line, 257, out) == 254);

  /* The same run with a zero behind it is 255 bytes long. */
  line[255] = 1;
  line[256] = 1;
  line[257] = 0;
  CHECK(decode(line, 258, out) == 255);
  CHECK(out[254] == 0);
}

static void cobs_gives_back_what_it_stuffed(void) {
  uint8_t bytes[600];
  uint8_t line[610];
  uint8_t out[610];
  for (uint16_t length = 0; length <= 600; length++) {
    for (uint16_t i = 0; i < length; i++) bytes[i] = (uint8_t)((i * 7 + length) % (length % 3 ? 255 : 5));
    uint16_t written = tactus_cobs_encode(bytes, length, line);
    CHECK(written <= length + length / 254 + 3);
    CHECK(memchr(line + 1, 0, written - 2u) == NULL);
    CHECK(decode(line + 1, written - 1u, out) == length);
    CHECK(memcmp(out, bytes, length) == 0);
  }
}

static void cobs_says_that_a_frame_was_cut(void) {
  const uint8_t line[] = {5, 1, 2, 0};
  uint8_t out[8];
  CHECK(decode(line, sizeof line, out) == -1);
}

/* PROTOCOL.md, "An example": the bytes written there. */
static const uint8_t PING[] = {0x00, 0x09, 0x20, 0x07, 0x44, 0x33, 0x22, 0x11, 0xc0, 0x06, 0x00};

static int push_all(struct tactus_frame_reader *reader, const uint8_t *line, size_t length, struct tactus_frame *frame) {
  int frames = 0;
  for (size_t i = 0; i < length; i++) frames += tactus_frame_reader_push(reader, line[i], 1000 + (uint32_t)i * 87, frame);
  return frames;
}

static uint16_t seal_ping(uint8_t *line) {
  uint8_t body[16];
  return tactus_seal(body, TACTUS_PING, 7, 0x11223344, 0, line);
}

static void reader_gives_type_counter_stamp_and_arrival(void) {
  struct tactus_frame_reader reader;
  struct tactus_frame frame;
  uint8_t line[20];
  uint16_t length = seal_ping(line);
  tactus_frame_reader_init(&reader);

  CHECK(length == sizeof PING && memcmp(line, PING, sizeof PING) == 0);
  CHECK(push_all(&reader, line, length, &frame) == 1);
  CHECK(frame.type == TACTUS_PING && frame.counter == 7 && frame.sent_at == 0x11223344 && frame.length == 0);
  CHECK(frame.received_at == 1087);
  CHECK(reader.good == 1 && reader.bad == 0);
}

static void reader_drops_every_single_bit_error(void) {
  struct tactus_frame_reader reader;
  struct tactus_frame frame;
  uint8_t line[20];
  uint16_t length = seal_ping(line);
  tactus_frame_reader_init(&reader);
  for (uint16_t i = 1; i + 1 < length; i++) {
    for (int bit = 0; bit < 8; bit++) {
      line[i] ^= (uint8_t)(1 << bit);
      CHECK(push_all(&reader, line, length, &frame) == 0);
      line[i] ^= (uint8_t)(1 << bit);
    }
  }
  CHECK(reader.good == 0 && reader.bad > 0);
  CHECK(push_all(&reader, line, length, &frame) == 1);
}

static void reader_skips_a_frame_that_is_too_long_and_takes_the_next(void) {
  struct tactus_frame_reader reader;
  struct tactus_frame frame;
  uint8_t line[20];
  tactus_frame_reader_init(&reader);
  for (int i = 0; i < 5000; i++) CHECK(!tactus_frame_reader_push(&reader, 0x55, 0, &frame));
  uint16_t length = seal_ping(line);
  CHECK(push_all(&reader, line, length, &frame) == 1);
  CHECK(reader.bad == 1);
}

static void announcement_out_of_range_is_refused(void) {
  uint8_t payload[19] = {0};
  struct tactus_frame frame = {.type = TACTUS_BEAT, .payload = payload, .length = 19};
  struct tactus_announcement said;
  tactus_put_u32(payload + 10, 500000);
  payload[7] = 4;
  payload[6] = 4;
  CHECK(tactus_parse_announcement(&frame, &said));
  CHECK(said.period == 500000 && said.beat_in_bar == 4);
  payload[6] = 5; /* fifth of four */
  CHECK(!tactus_parse_announcement(&frame, &said));
  payload[6] = 0;
  tactus_put_u32(payload + 10, 99999);
  CHECK(!tactus_parse_announcement(&frame, &said));
  tactus_put_u32(payload + 10, 500000);
  frame.length = 18;
  CHECK(!tactus_parse_announcement(&frame, &said));
}

void test_frames(void) {
  crc_matches_the_published_check_value();
  cobs_takes_both_encodings_of_a_closing_run_of_254();
  cobs_gives_back_what_it_stuffed();
  cobs_says_that_a_frame_was_cut();
  reader_gives_type_counter_stamp_and_arrival();
  reader_drops_every_single_bit_error();
  reader_skips_a_frame_that_is_too_long_and_takes_the_next();
  announcement_out_of_range_is_refused();
}
