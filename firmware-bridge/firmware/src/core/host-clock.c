#include "host-clock.h"

#include "bytes.h"

#define SETTLING_STAMPS 12
#define LATE_US 4000
#define SHORTEST_FOR_RATE_US 50000
#define LONGEST_GAP_US 120000000
#define STAMPS_BEFORE_GIVING_UP 8
#define RATE_LIMIT 20972 /* 2 percent */

void tactus_host_clock_reset(struct tactus_host_clock *clock) {
  clock->known = false;
  clock->host = 0;
  clock->board = 0;
  clock->rate = 0;
  clock->seen = 0;
  clock->late_run = 0;
}

static int32_t drift(const struct tactus_host_clock *clock, int32_t duration) {
  return (int32_t)(((int64_t)duration * clock->rate) / 1048576);
}

static void start_at(struct tactus_host_clock *clock, uint32_t host, uint32_t board) {
  clock->known = true;
  clock->host = host;
  clock->board = board;
  clock->seen = 1;
  clock->late_run = 0;
}

/* The rate learns quickly from the first stamps and slowly later, when only temperature moves it. */
static void learn_rate(struct tactus_host_clock *clock, int32_t error, int32_t elapsed) {
  int32_t slope = (int32_t)(((int64_t)error * 1048576) / elapsed);
  clock->rate += slope / (clock->seen < SETTLING_STAMPS ? 4 : 16);
  if (clock->rate > RATE_LIMIT) clock->rate = RATE_LIMIT;
  if (clock->rate < -RATE_LIMIT) clock->rate = -RATE_LIMIT;
}

bool tactus_host_clock_observe(struct tactus_host_clock *clock, uint32_t host, uint32_t board) {
  int32_t elapsed = tactus_since(host, clock->host);
  if (!clock->known || elapsed > LONGEST_GAP_US) {
    start_at(clock, host, board);
    return true;
  }
  uint32_t expected = tactus_host_clock_to_board(clock, host);
  int32_t error = tactus_since(board, expected);
  bool settling = clock->seen < SETTLING_STAMPS;
  int32_t gate = LATE_US + (elapsed > 0 ? elapsed / (settling ? 64 : 1024) : 0);
  if (error > gate || elapsed < 0) {
    if (++clock->late_run < STAMPS_BEFORE_GIVING_UP) return false;
    start_at(clock, host, board);
    return true;
  }
  clock->late_run = 0;
  if (clock->seen < 255) clock->seen++;
  clock->host = host;
  if (error < -gate) { /* earlier than believed possible: the line was late until now */
    clock->board = board;
    return true;
  }
  clock->board = expected + (uint32_t)(error / (settling ? 2 : 8));
  if (elapsed >= SHORTEST_FOR_RATE_US) learn_rate(clock, error, elapsed);
  return true;
}

uint32_t tactus_host_clock_to_board(const struct tactus_host_clock *clock, uint32_t host) {
  int32_t elapsed = tactus_since(host, clock->host);
  return clock->board + (uint32_t)elapsed + (uint32_t)drift(clock, elapsed);
}

uint32_t tactus_host_clock_scale(const struct tactus_host_clock *clock, uint32_t duration) {
  return duration + (uint32_t)drift(clock, (int32_t)duration);
}
