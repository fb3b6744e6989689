#include "import/display.hpp"

#include <iostream>

#include <unistd.h>

#include "pintle/base/terminal_text.hpp"
#include "terminal/terminal.hpp"

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_on_terminal = 100ms;
constexpr auto pause_elsewhere = 10s;

}  // namespace

Display::Display() : terminal_(cli::terminal::is_terminal(STDERR_FILENO)), last_(std::chrono::steady_clock::now()) {}

Display::~Display() {
    clear();
}

void Display::clear() {
    if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
    drawn_ = false;
}

void Display::note(const std::string& text) {
    clear();
    std::cerr << text::shown(text) << std::endl;
}

void Display::show(const ProgressEstimator& estimator, ProgressEstimator::Time now) {
    if (now - last_ < (terminal_ ? ProgressEstimator::Time::duration(pause_on_terminal) : pause_elsewhere)) return;
    last_ = now;
    if (!terminal_) {
        std::cerr << estimator.text(0, now) << std::endl;
        return;
    }
    const auto columns = cli::terminal::size_of(STDERR_FILENO).columns;
    std::cerr << "\r" << text::cut_to(estimator.text(columns - 1, now), columns - 1) << "\x1b[K" << std::flush;
    drawn_ = true;
}

}  // namespace pintle::cli::importer
