#include "importer/display.hpp"

#include <iostream>

#include <unistd.h>

#include "pintle/terminal/terminal.hpp"
#include "pintle/terminal/text.hpp"

namespace pintle::importer {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_on_terminal = 100ms;
constexpr auto pause_elsewhere = 10s;

}  // namespace

Display::Display() : terminal_(terminal::is_terminal(STDERR_FILENO)), last_(std::chrono::steady_clock::now()) {}

Display::~Display() {
    clear();
}

void Display::clear() {
    if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
    drawn_ = false;
}

void Display::note(const std::string& text) {
    clear();
    std::cerr << terminal::shown(text) << std::endl;
}

void Display::show(const Meter& meter, Meter::Time now) {
    if (now - last_ < (terminal_ ? Meter::Time::duration(pause_on_terminal) : pause_elsewhere)) return;
    last_ = now;
    if (!terminal_) {
        std::cerr << meter.text(0, now) << std::endl;
        return;
    }
    const auto columns = terminal::size_of(STDERR_FILENO).columns;
    std::cerr << "\r" << terminal::cut_to(meter.text(columns - 1, now), columns - 1) << "\x1b[K" << std::flush;
    drawn_ = true;
}

}  // namespace pintle::importer
