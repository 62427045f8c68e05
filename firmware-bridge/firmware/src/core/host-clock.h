/*
 * Stamps of the sender's clock into our clock. Both count microseconds and wrap at 32 bits; ours may be off by one percent.
 *
 * Every frame says when it was sent. The usual way takes the same time for every frame, so a stamp that arrives later than the
 * line through the earlier ones belongs to a frame that was held up; the line does not follow it. Whatever a late or repeated
 * frame announces is then placed by when it was sent, not by when it came.
 */
#ifndef TACTUS_HOST_CLOCK_H
#define TACTUS_HOST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tactus_host_clock {
  bool known;
  uint32_t host;      /* a point on the line: the sender's clock ... */
  uint32_t board;     /* ... and ours */
  int32_t rate;       /* how much faster ours runs, 1 / 2^20 */
  uint8_t seen;       /* stamps that formed the line, stops at 255 */
  uint8_t late_run;   /* stamps in a row that were off the line */
};

void tactus_host_clock_reset(struct tactus_host_clock *clock);

/* A frame sent at `host` began to arrive at `board`. False when it was late, which leaves the line as it is. */
bool tactus_host_clock_observe(struct tactus_host_clock *clock, uint32_t host, uint32_t board);

/* Our time at which the sender's clock shows `host`. */
uint32_t tactus_host_clock_to_board(const struct tactus_host_clock *clock, uint32_t host);

/* A duration of the sender's clock in ours, microseconds. */
uint32_t tactus_host_clock_scale(const struct tactus_host_clock *clock, uint32_t duration);

#ifdef __cplusplus
}
#endif
#endif
