/* Runs the tests of the portable part on the machine that builds it. */
#include "check.h"

int failures = 0;

int main(void) {
  test_frames();
  test_clocks();
  test_board();
  printf(failures == 0 ? "all checks passed\n" : "%d checks failed\n", failures);
  return failures == 0 ? 0 : 1;
}
