#include "board.h"

#include "bytes.h"

#define FULL 65280
/* Microseconds from dark to full and back when the host says so, and when the board fades by itself. */
#define RISE_US 100000UL
#define FALL_US 500000UL
#define FADE_US 2000000UL
/* The host's pictures are given up after this time without one. */
#define PIXELS_HOLD_US 2000000UL
/* Announcements of beats that fell longer ago, or fall later, belong to another clock. */
#define OLDEST_BEAT_US 3000000L
#define FARTHEST_BEAT_US 12000000L

static const struct tactus_level QUIET = {TACTUS_IDLE, 255, TACTUS_PULSE, {255, 96, 0}};

static void forget_music(struct tactus_board *board) {
  tactus_host_clock_reset(&board->host);
  tactus_beat_clock_reset(&board->beat);
  board->counting = false;
  board->pixels_shown = false;
  board->pixels_new = false;
}

void tactus_board_init(struct tactus_board *board, const struct tactus_board_setup *setup) {
  board->setup = *setup;
  tactus_frame_reader_init(&board->reader);
  forget_music(board);
  tactus_flash_limit_reset(&board->flashes);
  board->said = QUIET;
  for (uint8_t band = 0; band < 3; band++) board->energy[band] = 0;
  board->refused = false;
  board->counter = 0;
  board->answers = 0;
  board->lost = 0;
  board->level = 0;
  board->level_at = setup->now();
  board->picture_at = board->level_at;
  board->pixels_at = board->level_at;
}

static void answer(struct tactus_board *board, uint8_t *body, uint8_t type, uint8_t length) {
  uint8_t line[TACTUS_MAX_ANSWER];
  uint16_t written = tactus_seal(body, type, board->answers++, board->setup.now(), length, line);
  board->setup.write(line, (uint8_t)written);
}

static void welcome(struct tactus_board *board) {
  uint8_t body[TACTUS_MAX_ANSWER];
  uint8_t *p = body + TACTUS_HEADER;
  p[0] = TACTUS_PROTOCOL_MAJOR;
  p[1] = TACTUS_PROTOCOL_MINOR;
  p[2] = TACTUS_VERSION_MAJOR;
  p[3] = TACTUS_VERSION_MINOR;
  p[4] = TACTUS_VERSION_PATCH;
  p[5] = board->setup.kind;
  tactus_put_u16(p + 6, board->setup.pixels);
  tactus_put_u16(p + 8, TACTUS_MAX_BODY);
  p[10] = TACTUS_FLASHES_PER_SECOND;
  answer(board, body, TACTUS_WELCOME, 11);
}

static void pong(struct tactus_board *board, const struct tactus_frame *ping) {
  uint8_t body[TACTUS_MAX_ANSWER];
  uint8_t *p = body + TACTUS_HEADER;
  tactus_put_u32(p, ping->sent_at);
  tactus_put_u32(p + 4, ping->received_at);
  p[8] = (uint8_t)tactus_board_mode(board);
  p[9] = (uint8_t)((board->beat.running ? 1 : 0) | (board->host.known ? 2 : 0) | (board->pixels_shown ? 4 : 0));
  p[10] = (uint8_t)(board->level >> 8);
  tactus_put_u16(p + 11, board->reader.good);
  tactus_put_u16(p + 13, board->reader.bad);
  tactus_put_u16(p + 15, board->lost);
  tactus_put_u16(p + 17, (uint16_t)board->beat.phase_error);
  tactus_put_u16(p + 19, (uint16_t)(int16_t)((board->host.rate * 15625) / 16384)); /* 1 / 2^20 into ppm */
  answer(board, body, TACTUS_PONG, 21);
}

static void hello(struct tactus_board *board, const struct tactus_frame *frame) {
  if (frame->length < 2) return;
  board->refused = frame->payload[0] != TACTUS_PROTOCOL_MAJOR;
  forget_music(board);
  board->said = QUIET;
  welcome(board);
}

static void announce(struct tactus_board *board, const struct tactus_frame *frame) {
  struct tactus_announcement said;
  if (!tactus_parse_announcement(frame, &said)) return;
  struct tactus_beat_news news = {
      .due = tactus_host_clock_to_board(&board->host, frame->sent_at + (uint32_t)said.due_in),
      .period = tactus_host_clock_scale(&board->host, said.period),
      .beat = said.beat,
      .beat_in_bar = said.beat_in_bar,
      .beats_per_bar = said.beats_per_bar,
      .bar = said.bar,
  };
  uint32_t now = board->setup.now();
  int32_t wait = tactus_since(news.due, now);
  if (wait < -OLDEST_BEAT_US || wait > FARTHEST_BEAT_US) return;
  tactus_beat_clock_announce(&board->beat, now, &news);
  for (uint8_t band = 0; band < 3; band++) board->energy[band] = said.energy[band];
}

static void take_pixels(struct tactus_board *board, const struct tactus_frame *frame) {
  struct tactus_pixels pixels;
  if (!tactus_parse_pixels(frame, &pixels)) return;
  uint8_t *rgb = board->setup.rgb;
  for (uint16_t i = 0; i < pixels.count; i++) {
    uint32_t pixel = (uint32_t)pixels.first + i;
    if (pixel >= board->setup.pixels) break;
    for (uint8_t c = 0; c < 3; c++) rgb[pixel * 3 + c] = tactus_scale(pixels.rgb[i * 3 + c], board->setup.brightness);
  }
  board->pixels_shown = true;
  board->pixels_new = board->pixels_new || pixels.show;
  board->pixels_at = frame->received_at;
}

static void count_lost(struct tactus_board *board, uint8_t counter) {
  uint8_t gap = (uint8_t)(counter - board->counter - 1);
  if (board->counting && gap < 128) board->lost = (uint16_t)(board->lost + gap);
  if (!board->counting || gap < 128) board->counter = counter;
  board->counting = true;
}

static void handle(struct tactus_board *board, const struct tactus_frame *frame) {
  if (frame->type == TACTUS_HELLO) hello(board, frame);
  if (board->refused || frame->type == TACTUS_HELLO || frame->type >= 0x80) return;
  count_lost(board, frame->counter);
  tactus_host_clock_observe(&board->host, frame->sent_at, frame->received_at);
  switch (frame->type) {
    case TACTUS_BEAT:
    case TACTUS_GRID:
      announce(board, frame);
      break;
    case TACTUS_LEVEL:
      tactus_parse_level(frame, &board->said);
      break;
    case TACTUS_PIXELS:
      take_pixels(board, frame);
      break;
    case TACTUS_PING:
      pong(board, frame);
      break;
    default: /* of a later minor version */
      break;
  }
}

void tactus_board_receive(struct tactus_board *board, uint8_t byte, uint32_t at) {
  struct tactus_frame frame;
  /* The sender's stamp is the start bit of the 0 before the frame: two bytes of ten bits before the first byte is complete. */
  uint32_t began = at - 20000000UL / board->setup.baud;
  if (tactus_frame_reader_push(&board->reader, byte, began, &frame)) handle(board, &frame);
}

static bool is_alone(const struct tactus_board *board) {
  return board->beat.alone > (uint16_t)(TACTUS_FREE_RUN_BARS * board->beat.beats_per_bar);
}

enum tactus_mode tactus_board_mode(const struct tactus_board *board) {
  enum tactus_mode said = (enum tactus_mode)board->said.mode;
  if (said != TACTUS_FOLLOWING && said != TACTUS_FREE_RUNNING) return said;
  if (!board->beat.running) return TACTUS_IDLE;
  if (is_alone(board)) return board->level > 0 ? TACTUS_FADING : TACTUS_IDLE;
  return board->beat.alone > board->beat.beats_per_bar ? TACTUS_FREE_RUNNING : said;
}

uint32_t tactus_board_next_picture(const struct tactus_board *board, uint32_t earliest) {
  uint32_t at = board->picture_at + TACTUS_PICTURE_INTERVAL_US;
  if (tactus_since(at, earliest) < 0) at = earliest;
  if (!board->beat.running) return at;
  struct tactus_beat_clock ahead = board->beat;
  tactus_beat_clock_advance(&ahead, earliest - 1);
  uint32_t beat = tactus_beat_clock_next(&ahead);
  return tactus_since(beat, at) < (int32_t)TACTUS_PICTURE_INTERVAL_US ? beat : at;
}

static void move_level(struct tactus_board *board, uint32_t at) {
  uint32_t elapsed = at - board->level_at;
  board->level_at = at;
  enum tactus_mode mode = tactus_board_mode(board);
  bool quiet = mode == TACTUS_IDLE || mode == TACTUS_RELEASED || is_alone(board);
  uint16_t wanted = quiet ? 0 : (uint16_t)(board->said.level * 256);
  bool up = wanted > board->level;
  uint32_t whole = up ? RISE_US : is_alone(board) ? FADE_US : FALL_US;
  if (elapsed > whole) elapsed = whole;
  uint16_t most = (uint16_t)((elapsed * 255) / whole * 256);
  if (most < 64) most = 64;
  uint16_t apart = up ? (uint16_t)(wanted - board->level) : (uint16_t)(board->level - wanted);
  if (apart > most) apart = most;
  board->level = up ? (uint16_t)(board->level + apart) : (uint16_t)(board->level - apart);
}

static uint8_t pulse_at(const struct tactus_board *board, const struct tactus_beat_place *place) {
  uint8_t beats = tactus_beats_per_flash(board->beat.period >> 8);
  uint16_t index = place->beats_per_bar % beats == 0 ? (uint16_t)(place->beat_in_bar - 1) : place->beat;
  uint32_t phase = (((uint32_t)(index % beats) << 16) + place->phase) / beats;
  uint16_t fallen = (uint16_t)((phase >> 8) * 4 / 3);
  uint8_t left = fallen > 255 ? 0 : (uint8_t)(255 - fallen);
  return tactus_scale(left, left);
}

static void darken(struct tactus_board *board) {
  uint16_t bytes = (uint16_t)(board->setup.pixels * 3);
  for (uint16_t i = 0; i < bytes; i++) board->setup.rgb[i] = 0;
}

static void draw(struct tactus_board *board, uint32_t at) {
  struct tactus_pose pose;
  if (!board->beat.running || board->level == 0) {
    darken(board);
    return;
  }
  pose.place = tactus_beat_clock_place(&board->beat, at);
  pose.pulse = pulse_at(board, &pose.place);
  pose.level = tactus_scale((uint8_t)(board->level >> 8), board->setup.brightness);
  for (uint8_t i = 0; i < 3; i++) {
    pose.energy[i] = board->energy[i];
    pose.rgb[i] = board->said.rgb[i];
  }
  tactus_effect_of(board->said.effect)(&pose, board->setup.rgb, board->setup.pixels);
}

void tactus_board_render(struct tactus_board *board, uint32_t at) {
  tactus_beat_clock_advance(&board->beat, board->setup.now());
  move_level(board, at);
  board->picture_at = at;
  if (board->pixels_shown && at - board->pixels_at > PIXELS_HOLD_US) board->pixels_shown = false;
  bool blackout = board->said.mode == TACTUS_BLACKOUT;
  if (blackout) darken(board);
  else if (board->pixels_shown && !board->pixels_new) return;
  else if (!board->pixels_shown && board->said.mode == TACTUS_HOLDING) return;
  else if (!board->pixels_shown) draw(board, at);
  board->pixels_new = false;
  tactus_flash_limit_apply(&board->flashes, at, board->setup.rgb, board->setup.pixels);
}
