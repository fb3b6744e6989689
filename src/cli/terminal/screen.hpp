#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <signal.h>
#include <termios.h>

namespace pintle::cli::terminal {

// Waits for the time, for signals and for keys. While it lives SIGINT, SIGTERM, SIGHUP and SIGWINCH do nothing else.
class Watch {
public:
    enum class Woken : std::uint8_t { time, quit, resized };

    // `keys`: stdin's too, which are not echoed then.
    explicit Watch(bool keys);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // quit: a signal to end, or `q`.
    Woken wait_until(std::chrono::steady_clock::time_point time);

private:
    bool keys_;
    int signals_ = -1;
    sigset_t before_{};
    termios mode_{};
};

// Has the terminal that stdout is for itself, and gives it back as it was.
class Screen {
public:
    Screen();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    // In place of what was there; cut to the terminal's size.
    void draw(const std::vector<std::string>& lines);
};

}  // namespace pintle::cli::terminal
