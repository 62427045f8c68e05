// SPDX-License-Identifier: GPL-2.0-or-later
// A native Ableton Link peer for tests: prints where it stands ten times a second, takes "bpm N" on standard input.
#include <ableton/Link.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <poll.h>
#include <unistd.h>

int main(int count, char** arguments)
{
  ableton::Link link(count > 1 ? std::atof(arguments[1]) : 120.);
  const double quantum = count > 2 ? std::atof(arguments[2]) : 4.;
  link.enableStartStopSync(true);
  link.enable(true);
  for (;;)
  {
    pollfd input{0, POLLIN, 0};
    if (::poll(&input, 1, 100) > 0)
    {
      char line[64] = {};
      if (::read(0, line, sizeof line - 1) <= 0) return 0;
      double bpm;
      if (std::sscanf(line, "bpm %lf", &bpm) != 1) continue;
      auto state = link.captureAppSessionState();
      state.setTempo(bpm, link.clock().micros());
      link.commitAppSessionState(state);
    }
    timespec at;
    ::clock_gettime(CLOCK_MONOTONIC, &at);
    const auto now = link.clock().micros();
    const auto state = link.captureAppSessionState();
    std::printf("{\"monotonic\":%.6f,\"peers\":%zu,\"bpm\":%.6f,\"phase\":%.6f,\"playing\":%s}\n",
      at.tv_sec + at.tv_nsec / 1e9, link.numPeers(), state.tempo(), state.phaseAtTime(now, quantum),
      state.isPlaying() ? "true" : "false");
    std::fflush(stdout);
  }
}
