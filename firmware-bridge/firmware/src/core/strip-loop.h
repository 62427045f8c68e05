/* A board and a strip into pictures that are seen on time: the loop that every build runs. */
#ifndef TACTUS_STRIP_LOOP_H
#define TACTUS_STRIP_LOOP_H

#include <stdint.h>

#include "board.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tactus_strip_loop {
  void (*take_bytes)(struct tactus_board *board); /* hands over what has come on the serial line; must not wait */
  void (*send)(void);                             /* the picture to the pixels; returns when the last bit is out */
  uint32_t draw_us;                               /* how long the last picture took to draw ... */
  uint32_t send_us;                               /* ... and to send */
  uint32_t sent_at;                               /* when it was out */
};

/* One picture, seen on the beat where one is near. Waits for its time, at most 20 ms. */
void tactus_strip_loop_run(struct tactus_strip_loop *loop, struct tactus_board *board);

#ifdef __cplusplus
}
#endif
#endif
