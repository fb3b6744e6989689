#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <signal.h>
#include <termios.h>

namespace pintle::cli::terminal {

// Waits for a time, signals and keys. While it exists, SIGINT, SIGTERM, SIGHUP and SIGWINCH have no other effect.
class TerminalInput {
public:
    enum class Event : std::uint8_t { timeout, quit, resized };

    // With `keys` it also reads stdin, without echo.
    explicit TerminalInput(bool keys);
    ~TerminalInput();
    TerminalInput(const TerminalInput&) = delete;
    TerminalInput& operator=(const TerminalInput&) = delete;

    // quit: a signal to terminate, or the key q.
    Event wait_until(std::chrono::steady_clock::time_point time);

private:
    bool keys_;
    int signals_ = -1;
    sigset_t before_{};
    termios mode_{};
};

// Takes over the terminal of stdout, and restores it when destroyed.
class Screen {
public:
    Screen();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    // Replaces the content; lines are cut to the terminal's size.
    void draw(const std::vector<std::string>& lines);
};

}  // namespace pintle::cli::terminal
