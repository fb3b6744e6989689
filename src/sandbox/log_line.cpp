#include "log_line.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "pintle/base/terminal_text.hpp"
#include "pintle/base/time.hpp"

namespace pintle::sandbox {

namespace {

constexpr std::size_t max_shown = 300;  // bytes of a body

using SystemTime = std::chrono::system_clock::time_point;

int milliseconds(SystemTime time) {
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    return static_cast<int>(since.count() % 1000);
}

// One line of at most `max_shown` bytes, without a partial character, fit for a terminal.
std::string shown(std::string_view text) {
    std::string out(text.substr(0, max_shown));
    if (text.size() > max_shown) {
        std::size_t end = max_shown;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
        out.resize(end);
        out += "...";
    }
    return text::shown(out);
}

}  // namespace

std::string iso_time(SystemTime time) {
    return to_iso8601(std::chrono::floor<std::chrono::milliseconds>(time));
}

std::string log_line(const Call& call, SystemTime now, std::chrono::microseconds took, std::string_view response) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    std::array<char, 48> time{};
    std::snprintf(time.data(), time.size(), "%02d:%02d:%02d.%03d ", parts.tm_hour, parts.tm_min, parts.tm_sec,
                  milliseconds(now));
    std::array<char, 32> duration{};
    std::snprintf(duration.data(), duration.size(), " %.1fms", static_cast<double>(took.count()) / 1000);

    std::string line(time.data());
    line += shown(call.method + " " + call.path);
    line += ' ';
    line += call.status == 0 ? "reset" : std::to_string(call.status);
    line += duration.data();
    if (!call.body.empty()) line.append(" ").append(shown(call.body));
    if (call.duplicate) line += " (duplicate)";
    if (call.status == 0 && call.taken) line += " (taken)";
    if (call.status >= 207) line.append(" -> ").append(shown(response));
    return line;
}

}  // namespace pintle::sandbox
