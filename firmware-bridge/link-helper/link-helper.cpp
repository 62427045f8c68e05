// Lines on a TCP port of loopback into an Ableton Link session, in the words of the Carabiner line protocol.
//
// Copyright (C) 2026 the Tactus authors
//
// This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public
// License as published by the Free Software Foundation, either version 2 of the License, or (at your option) any later
// version. It is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied
// warranty of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the file LICENSE for more details.

#include <ableton/Link.hpp>

#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <list>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace
{

constexpr const char* kVersion = "1.2.0";
constexpr size_t kMaxLineBytes = 256;
constexpr size_t kMaxBacklogBytes = 64 * 1024;
constexpr size_t kMaxConnections = 16;

// Tempo and quantum as Carabiner bounds them.
constexpr double kMinBpm = 20, kMaxBpm = 999, kMinQuantum = 2, kMaxQuantum = 16;

// Read at most once: the value is cleared by the loop that answers it. A pipe wakes the loop.
std::atomic<bool> sessionChanged{false};
std::atomic<bool> stopAsked{false};
int wakePipe[2];

void wake()
{
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(wakePipe[1], &byte, 1);
}

struct Connection
{
  int fd;
  std::string in;
  std::string out;
  bool wantsStatus = true; // one is sent at the beginning
  bool closing = false;
};

std::optional<double> toNumber(std::string_view word)
{
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<long long> toMicros(std::string_view word)
{
  long long value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size())
    return std::nullopt;
  return value;
}

long long microsOf(clockid_t clock)
{
  timespec at;
  ::clock_gettime(clock, &at);
  return at.tv_sec * 1000000LL + at.tv_nsec / 1000;
}

std::vector<std::string_view> wordsOf(std::string_view line)
{
  std::vector<std::string_view> words;
  size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos)
  {
    const auto end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

class Session
{
public:
  explicit Session(const bool wait)
    : mLink(120.)
  {
    const auto changed = [](auto) {
      sessionChanged = true;
      wake();
    };
    mLink.setTempoCallback(changed);
    mLink.setNumPeersCallback(changed);
    mLink.setStartStopCallback(changed);
    // A session that began with the default tempo would hand it to whoever comes later: with --wait we join only
    // when a client has set a tempo that means something.
    mLink.enable(!wait);
  }

  std::string answer(const std::vector<std::string_view>& words)
  {
    const auto command = words[0];
    const auto word = [&](const size_t index) { return index < words.size() ? words[index] : std::string_view{}; };
    if (command == "status") return status();
    if (command == "version") return "version \"" + std::string(kVersion) + "\"\n";
    if (command == "bpm") return setTempo(word(1));
    if (command == "beat-at-time") return atTime(word(1), word(2), true);
    if (command == "phase-at-time") return atTime(word(1), word(2), false);
    if (command == "time-at-beat") return timeAtBeat(word(1), word(2));
    if (command == "force-beat-at-time") return place(word(1), word(2), word(3), true);
    if (command == "request-beat-at-time") return place(word(1), word(2), word(3), false);
    if (command == "enable-start-stop-sync") return syncStartStop(true);
    if (command == "disable-start-stop-sync") return syncStartStop(false);
    if (command == "start-playing") return setPlaying(word(1), true);
    if (command == "stop-playing") return setPlaying(word(1), false);
    if (command == "tactus-clock") return clocks();
    if (command == "tactus-enable") return enable(true);
    if (command == "tactus-disable") return enable(false);
    return "unsupported " + std::string(command) + "\n";
  }

  std::string status()
  {
    const auto state = mLink.captureAppSessionState();
    std::string text = "status { :peers " + std::to_string(mLink.numPeers());
    text += " :bpm " + std::to_string(state.tempo());
    text += " :start " + std::to_string(state.timeAtBeat(0., 4.).count());
    text += " :beat " + std::to_string(state.beatAtTime(mLink.clock().micros(), 4.));
    if (mStartStop) text += state.isPlaying() ? " :playing true" : " :playing false";
    return text + " }\n";
  }

private:
  std::string setTempo(const std::string_view word)
  {
    const auto bpm = toNumber(word);
    if (!bpm || *bpm < kMinBpm || *bpm > kMaxBpm) return "bad-bpm\n";
    auto state = mLink.captureAppSessionState();
    state.setTempo(*bpm, mLink.clock().micros());
    mLink.commitAppSessionState(state);
    return "";
  }

  static bool isQuantum(const std::optional<double>& quantum)
  {
    return quantum && *quantum >= kMinQuantum && *quantum <= kMaxQuantum;
  }

  std::string atTime(const std::string_view when, const std::string_view bar, const bool beat)
  {
    const auto time = toMicros(when);
    if (!time) return "bad-time\n";
    const auto quantum = toNumber(bar);
    if (!isQuantum(quantum)) return "bad-quantum\n";
    const auto state = mLink.captureAppSessionState();
    const std::chrono::microseconds at(*time);
    const auto value = beat ? state.beatAtTime(at, *quantum) : state.phaseAtTime(at, *quantum);
    return std::string(beat ? "beat-at-time" : "phase-at-time") + " { :when " + std::to_string(*time) + " :quantum "
           + std::to_string(*quantum) + (beat ? " :beat " : " :phase ") + std::to_string(value) + " }\n";
  }

  std::string timeAtBeat(const std::string_view number, const std::string_view bar)
  {
    const auto beat = toNumber(number);
    if (!beat) return "bad-beat\n";
    const auto quantum = toNumber(bar);
    if (!isQuantum(quantum)) return "bad-quantum\n";
    const auto time = mLink.captureAppSessionState().timeAtBeat(*beat, *quantum);
    return "time-at-beat { :beat " + std::to_string(*beat) + " :quantum " + std::to_string(*quantum) + " :when "
           + std::to_string(time.count()) + " }\n";
  }

  std::string place(
    const std::string_view number, const std::string_view when, const std::string_view bar, const bool force)
  {
    const auto beat = toNumber(number);
    if (!beat) return "bad-beat\n";
    const auto time = toMicros(when);
    if (!time) return "bad-time\n";
    const auto quantum = toNumber(bar);
    if (!isQuantum(quantum)) return "bad-quantum\n";
    auto state = mLink.captureAppSessionState();
    const std::chrono::microseconds at(*time);
    if (force)
      state.forceBeatAtTime(*beat, at, *quantum);
    else
      state.requestBeatAtTime(*beat, at, *quantum);
    mLink.commitAppSessionState(state);
    return status();
  }

  std::string syncStartStop(const bool on)
  {
    mStartStop = on;
    mLink.enableStartStopSync(on);
    return status();
  }

  std::string setPlaying(const std::string_view when, const bool playing)
  {
    const auto time = toMicros(when);
    if (!time) return "bad-time\n";
    auto state = mLink.captureAppSessionState();
    state.setIsPlaying(playing, std::chrono::microseconds(*time));
    mLink.commitAppSessionState(state);
    return status();
  }

  // Link's clock and CLOCK_MONOTONIC at one instant: the tightest of five readings.
  std::string clocks()
  {
    long long link = 0, monotonic = 0, width = -1;
    for (int i = 0; i < 5; ++i)
    {
      const auto before = microsOf(CLOCK_MONOTONIC);
      const long long now = mLink.clock().micros().count();
      const auto after = microsOf(CLOCK_MONOTONIC);
      if (width >= 0 && after - before >= width) continue;
      width = after - before;
      link = now;
      monotonic = before + width / 2;
    }
    return "tactus-clock { :link " + std::to_string(link) + " :monotonic " + std::to_string(monotonic) + " }\n";
  }

  std::string enable(const bool on)
  {
    mLink.enable(on);
    return status();
  }

  ableton::Link mLink;
  bool mStartStop = false;
};

void handleInput(Session& session, Connection& connection)
{
  char bytes[2048];
  const auto count = ::recv(connection.fd, bytes, sizeof bytes, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0)
  {
    connection.closing = true;
    return;
  }
  connection.in.append(bytes, static_cast<size_t>(count));
  size_t end;
  while ((end = connection.in.find('\n')) != std::string::npos)
  {
    const auto line = connection.in.substr(0, end);
    connection.in.erase(0, end + 1);
    const auto words = wordsOf(line);
    if (words.empty()) continue;
    if (words[0] == "quit") connection.closing = true;
    else connection.out += session.answer(words);
  }
  if (connection.in.size() > kMaxLineBytes || connection.out.size() > kMaxBacklogBytes) connection.closing = true;
}

void flush(Connection& connection)
{
  if (connection.out.empty()) return;
  const auto count = ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count > 0) connection.out.erase(0, static_cast<size_t>(count));
  else if (errno != EAGAIN && errno != EINTR) connection.closing = true;
}

void accept(const int listener, std::list<Connection>& connections)
{
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  if (connections.size() >= kMaxConnections)
  {
    ::close(fd);
    return;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connections.push_back({fd, {}, {}});
}

// The port listened on; exits with a message when it cannot be had.
int listenOn(const int port, int& listener)
{
  listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 || ::listen(listener, 8) < 0)
  {
    std::fprintf(stderr, "Port %d of 127.0.0.1 cannot be used: %s\n", port, std::strerror(errno));
    std::exit(1);
  }
  socklen_t length = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

void serve(Session& session, const int listener, const bool watchStdin)
{
  std::list<Connection> connections;
  while (!stopAsked)
  {
    std::vector<pollfd> polled{{listener, POLLIN, 0}, {wakePipe[0], POLLIN, 0}, {watchStdin ? 0 : -1, POLLIN, 0}};
    for (const auto& one : connections)
      polled.push_back({one.fd, static_cast<short>(POLLIN | (one.out.empty() ? 0 : POLLOUT)), 0});
    if (::poll(polled.data(), polled.size(), 1000) < 0 && errno != EINTR) return;

    char drained[64];
    if (polled[1].revents) [[maybe_unused]] const auto ignored = ::read(wakePipe[0], drained, sizeof drained);
    if (polled[2].revents && ::read(0, drained, sizeof drained) <= 0) return;
    if (sessionChanged.exchange(false))
      for (auto& one : connections) one.wantsStatus = true;

    size_t index = 3;
    for (auto& one : connections)
    {
      if (polled[index++].revents & (POLLIN | POLLHUP | POLLERR)) handleInput(session, one);
      if (one.wantsStatus) one.out += session.status();
      one.wantsStatus = false;
      flush(one);
    }
    connections.remove_if([](const Connection& one) {
      if (one.closing) ::close(one.fd);
      return one.closing;
    });
    if (polled[0].revents)
    {
      accept(listener, connections);
      if (!connections.empty()) wake(); // so that the first status does not wait for the next event
    }
  }
}

int usage(const int code)
{
  std::fputs(
    "usage: tactus-link-helper [--port N] [--wait] [--with-parent]\n"
    "  --port N       TCP port of 127.0.0.1, default 17000; 0 = any free one\n"
    "  --wait         stay out of the session until a client sends tactus-enable\n"
    "  --with-parent  end when standard input ends\n",
    code == 0 ? stdout : stderr);
  return code;
}

} // namespace

int main(const int count, char** arguments)
{
  int port = 17000;
  bool wait = false, withParent = false;
  for (int i = 1; i < count; ++i)
  {
    const std::string_view option = arguments[i];
    if (option == "--help") return usage(0);
    if (option == "--wait") wait = true;
    else if (option == "--with-parent") withParent = true;
    else if (option == "--port" && i + 1 < count)
    {
      const auto value = toMicros(arguments[++i]);
      if (!value || *value < 0 || *value > 65535) return usage(2);
      port = static_cast<int>(*value);
    }
    else return usage(2);
  }
  if (::pipe2(wakePipe, O_NONBLOCK | O_CLOEXEC) < 0) return 1;
  const auto stop = [](int) {
    stopAsked = true;
    wake();
  };
  std::signal(SIGTERM, stop);
  std::signal(SIGINT, stop);
  std::signal(SIGPIPE, SIG_IGN);

  int listener;
  const int bound = listenOn(port, listener);
  Session session(wait);
  std::printf("listening 127.0.0.1:%d\n", bound);
  std::fflush(stdout);
  serve(session, listener, withParent);
  return 0;
}
