/* A test is a function; a check that fails prints where and counts. */
#ifndef TACTUS_CHECK_H
#define TACTUS_CHECK_H

#include <stdio.h>

extern int failures;

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) {                                                      \
      failures++;                                                            \
      printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);         \
    }                                                                        \
  } while (0)

#define CHECK_NEAR(actual, expected, tolerance)                                                       \
  do {                                                                                                \
    long difference = (long)(actual) - (long)(expected);                                              \
    if (difference > (long)(tolerance) || -difference > (long)(tolerance)) {                          \
      failures++;                                                                                     \
      printf("%s:%d: %s is %ld, not %ld +- %ld\n", __FILE__, __LINE__, #actual, (long)(actual),       \
             (long)(expected), (long)(tolerance));                                                    \
    }                                                                                                 \
  } while (0)

void test_frames(void);
void test_clocks(void);
void test_board(void);

#endif
