/*
 * Random and mutated bytes into the frame reader and everything behind it, under the sanitizers.
 * usage: fuzz-board [inputs] [seed]     (1 000 000 inputs, seed 1)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/core/board.h"
#include "../src/core/bytes.h"

#define PIXELS 12

static uint64_t state;
static uint32_t clock_us;

static uint32_t random32(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

static uint32_t now(void) { return clock_us; }
static void drop(const uint8_t *bytes, uint8_t length) {
  (void)bytes;
  if (length > TACTUS_MAX_ANSWER) abort();
}

/* A whole frame with any type and payload, sometimes plausible, so that what lies behind the checksum is reached. */
static uint16_t whole_frame(uint8_t *line) {
  static const uint8_t types[] = {TACTUS_HELLO, TACTUS_BEAT, TACTUS_GRID, TACTUS_LEVEL, TACTUS_PIXELS, TACTUS_PING};
  uint8_t body[TACTUS_MAX_BODY + 40];
  uint16_t length = (uint16_t)(random32() % (TACTUS_MAX_BODY + 20));
  for (uint16_t i = 0; i < length; i++) body[TACTUS_HEADER + i] = (uint8_t)random32();
  uint8_t type = random32() % 8 ? types[random32() % sizeof types] : (uint8_t)random32();
  if (length >= 19 && random32() % 4) { /* a possible announcement, near or far */
    uint8_t *p = body + TACTUS_HEADER;
    tactus_put_u32(p, random32() % 20000000u - 10000000u);
    p[7] = (uint8_t)(1 + random32() % 32);
    p[6] = (uint8_t)(random32() % (p[7] + 1u));
    tactus_put_u32(p + 10, 100000 + random32() % 2900001u);
  }
  if (type == TACTUS_HELLO && length > 0 && random32() % 8) body[TACTUS_HEADER] = TACTUS_PROTOCOL_MAJOR;
  uint32_t stamp = random32() % 4 ? clock_us - random32() % 20000u : random32();
  return tactus_seal(body, type, (uint8_t)random32(), stamp, length, line);
}

static uint16_t input(uint8_t *line) {
  uint32_t kind = random32() % 4;
  if (kind == 0) {
    uint16_t length = (uint16_t)(random32() % 200);
    for (uint16_t i = 0; i < length; i++) line[i] = (uint8_t)(random32() % 3 ? random32() : 0);
    return length;
  }
  uint16_t length = whole_frame(line);
  if (kind == 1) line[random32() % length] = (uint8_t)random32();
  return length;
}

int main(int count, char **arguments) {
  long inputs = count > 1 ? atol(arguments[1]) : 1000000;
  state = count > 2 ? (uint64_t)atol(arguments[2]) * 0x9e3779b97f4a7c15u : 0x9e3779b97f4a7c15u;
  static struct tactus_board board;
  static uint8_t rgb[3 * PIXELS];
  const struct tactus_board_setup setup = {TACTUS_BOARD_GENERIC, rgb, PIXELS, 200, 115200, now, drop};
  tactus_board_init(&board, &setup);
  for (long i = 0; i < inputs; i++) {
    uint8_t line[TACTUS_MAX_BODY + 80];
    uint16_t length = input(line);
    for (uint16_t k = 0; k < length; k++) tactus_board_receive(&board, line[k], clock_us += 87);
    clock_us += random32() % 16 ? random32() % 20000u : random32() % 200000000u;
    uint32_t at = tactus_board_next_picture(&board, clock_us);
    if (tactus_since(at, clock_us) < 0 || tactus_since(at, clock_us) > 30000) abort();
    clock_us = at;
    tactus_board_render(&board, at);
  }
  printf("%ld inputs, %u whole frames and %u others modulo 65536\n", inputs, board.reader.good, board.reader.bad);
  return 0;
}
