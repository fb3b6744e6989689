#include "terminal/screen.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <system_error>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "pintle/base/terminal_text.hpp"
#include "terminal/terminal.hpp"

namespace pintle::cli::terminal {
namespace {

sigset_t handled_signals() {
    sigset_t set{};
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, signal);
    return set;
}

// Rounded up, so that poll does not return before the time.
int milliseconds_until(std::chrono::steady_clock::time_point time) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 1'000'000'000));
}

}  // namespace

TerminalInput::TerminalInput(bool keys) : keys_(keys && isatty(STDIN_FILENO) == 1) {
    const auto set = handled_signals();
    pthread_sigmask(SIG_BLOCK, &set, &before_);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC);
    if (signals_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    if (keys_) keys_ = tcgetattr(STDIN_FILENO, &mode_) == 0;
    if (!keys_) return;
    termios quiet = mode_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;  // suspending would leave the alternate screen on
    tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
}

TerminalInput::~TerminalInput() {
    if (keys_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode_);
    close(signals_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

TerminalInput::Event TerminalInput::wait_until(std::chrono::steady_clock::time_point time) {
    bool listening = keys_;
    while (true) {
        std::array<pollfd, 2> files{pollfd{signals_, POLLIN, 0}, pollfd{listening ? STDIN_FILENO : -1, POLLIN, 0}};
        const int ready = poll(files.data(), files.size(), milliseconds_until(time));
        if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
        if (ready == 0) return Event::timeout;
        if (files[0].revents != 0) {
            signalfd_siginfo signal{};
            if (read(signals_, &signal, sizeof(signal)) != sizeof(signal)) continue;
            return signal.ssi_signo == SIGWINCH ? Event::resized : Event::quit;
        }
        if (files[1].revents == 0) continue;
        char key = 0;
        listening = read(STDIN_FILENO, &key, 1) == 1;
        if (listening && (key == 'q' || key == 'Q')) return Event::quit;
    }
}

// The alternate screen, without a cursor.
Screen::Screen() {
    std::cout << "\x1b[?1049h\x1b[?25l" << std::flush;
}

Screen::~Screen() {
    std::cout << "\x1b[?25h\x1b[?1049l" << std::flush;
}

void Screen::draw(const std::vector<std::string>& lines) {
    const auto size = size_of(STDOUT_FILENO);
    std::string out = "\x1b[H";
    for (std::size_t i = 0; i < std::min(lines.size(), size.lines); ++i) {
        if (i > 0) out += "\r\n";
        out += text::cut_to(lines[i], size.columns);
        out += "\x1b[K";
    }
    std::cout << out << "\x1b[J" << std::flush;
}

}  // namespace pintle::cli::terminal
