#include "strip-loop.h"

#include "bytes.h"

/* A picture is drawn this long before it must be: room for a frame that has just come. */
#define SPARE_US 1500
/* Pixels show a picture when their line has been low: 50 us for the older ones, 280 us for the newer. */
#define LATCH_US 100
#define QUIET_US 300

/* Reads the line until it is time to draw the next picture. */
static uint32_t wait_for_picture(struct tactus_strip_loop *loop, struct tactus_board *board) {
  for (;;) {
    loop->take_bytes(board);
    uint32_t earliest = board->setup.now() + loop->draw_us + loop->send_us + LATCH_US;
    uint32_t at = tactus_board_next_picture(board, earliest);
    if (tactus_since(at, earliest) <= SPARE_US) return at;
  }
}

void tactus_strip_loop_run(struct tactus_strip_loop *loop, struct tactus_board *board) {
  uint32_t at = wait_for_picture(loop, board);
  uint32_t began = board->setup.now();
  tactus_board_render(board, at);
  loop->draw_us = board->setup.now() - began;
  uint32_t send_at = at - loop->send_us - LATCH_US;
  do began = board->setup.now();
  while (tactus_since(send_at, began) > 0 || began - loop->sent_at < QUIET_US);
  loop->send();
  loop->sent_at = board->setup.now();
  loop->send_us = loop->sent_at - began;
}
