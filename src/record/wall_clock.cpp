#include "pintle/record/wall_clock.hpp"

namespace pintle {
namespace {

// As text of that width, from `place` on.
void put(std::string& text, std::size_t place, unsigned width, std::int64_t number) {
    for (std::size_t end = place + width; end > place; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
}

}  // namespace

// By hand: printf takes longer than all else that is done to an event's times.
std::string to_iso8601(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::string text = "0000-00-00T00:00:00.000Z";
    put(text, 0, 4, static_cast<int>(date.year()));
    put(text, 5, 2, static_cast<unsigned>(date.month()));
    put(text, 8, 2, static_cast<unsigned>(date.day()));
    put(text, 11, 2, clock.hours().count());
    put(text, 14, 2, clock.minutes().count());
    put(text, 17, 2, clock.seconds().count());
    put(text, 20, 3, clock.subseconds().count());
    return text;
}

}  // namespace pintle
