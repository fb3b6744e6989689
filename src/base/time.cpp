#include "pintle/base/time.hpp"

#include <algorithm>

namespace pintle {

// Not with printf, which takes longer than all other processing of an event's times.
Iso8601::Iso8601(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::ranges::copy(std::string_view("0000-00-00T00:00:00.000Z"), characters_.begin());
    put(0, 4, static_cast<int>(date.year()));
    put(5, 2, static_cast<unsigned>(date.month()));
    put(8, 2, static_cast<unsigned>(date.day()));
    put(11, 2, clock.hours().count());
    put(14, 2, clock.minutes().count());
    put(17, 2, clock.seconds().count());
    put(20, 3, clock.subseconds().count());
}

// Writes the number with that width at `place`.
void Iso8601::put(std::size_t place, unsigned width, std::int64_t number) {
    for (std::size_t end = place + width; end > place; number /= 10) {
        characters_.at(--end) = static_cast<char>('0' + number % 10);
    }
}

}  // namespace pintle
