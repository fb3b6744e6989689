#include "iso8601.hpp"

#include <cstddef>

#include "pintle/base/ascii.hpp"

namespace pintle::customerio {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Takes fields off the front of a text.
class Fields {
public:
    explicit Fields(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }

    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    // A number of exactly `width` digits that is at most `most`.
    std::optional<int> number(std::size_t width, int most) {
        if (rest_.size() < width) return std::nullopt;
        int value = 0;
        for (const char c : rest_.substr(0, width)) {
            if (!is_digit(c)) return std::nullopt;
            value = value * 10 + (c - '0');
        }
        if (value > most) return std::nullopt;
        rest_.remove_prefix(width);
        return value;
    }

    // A fraction of a second of any length; the digits below a millisecond are dropped.
    std::optional<milliseconds> fraction() {
        int value = 0;
        int weight = 100;
        std::size_t count = 0;
        for (; count < rest_.size() && is_digit(rest_[count]); ++count) {
            value += weight * (rest_[count] - '0');
            weight /= 10;
        }
        if (count == 0) return std::nullopt;
        rest_.remove_prefix(count);
        return milliseconds(value);
    }

private:
    std::string_view rest_;
};

std::optional<milliseconds> read_date(Fields& fields) {
    const auto year = fields.number(4, 9999);
    if (!year || !fields.skip('-')) return std::nullopt;
    const auto month = fields.number(2, 12);
    if (!month || !fields.skip('-')) return std::nullopt;
    const auto day = fields.number(2, 31);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch();
}

// Midnight may be written as the end of a day, 24:00.
std::optional<milliseconds> read_time_of_day(Fields& fields) {
    const auto hour = fields.number(2, 24);
    if (!hour || !fields.skip(':')) return std::nullopt;
    const auto minute = fields.number(2, 59);
    if (!minute) return std::nullopt;
    milliseconds time = hours(*hour) + minutes(*minute);
    if (fields.skip(':')) {
        const auto second = fields.number(2, 59);
        if (!second) return std::nullopt;
        time += seconds(*second);
        if (fields.skip('.') || fields.skip(',')) {
            const auto fraction = fields.fraction();
            if (!fraction) return std::nullopt;
            time += *fraction;
        }
    }
    if (time > hours(24)) return std::nullopt;
    return time;
}

// How far local time is ahead of UTC.
std::optional<milliseconds> read_zone(Fields& fields) {
    if (fields.done() || fields.skip('Z')) return milliseconds(0);
    const bool ahead = fields.skip('+');
    if (!ahead && !fields.skip('-')) return std::nullopt;
    const auto hour = fields.number(2, 23);
    if (!hour) return std::nullopt;
    milliseconds offset = hours(*hour);
    if (!fields.done()) {
        fields.skip(':');
        const auto minute = fields.number(2, 59);
        if (!minute) return std::nullopt;
        offset += minutes(*minute);
    }
    return ahead ? offset : -offset;
}

}  // namespace

std::optional<milliseconds> read_iso8601(std::string_view text) {
    Fields fields(text);
    const auto date = read_date(fields);
    if (!date || fields.done()) return date;
    if (!fields.skip('T') && !fields.skip(' ')) return std::nullopt;
    const auto time = read_time_of_day(fields);
    if (!time) return std::nullopt;
    const auto zone = read_zone(fields);
    if (!zone || !fields.done()) return std::nullopt;
    return *date + *time - *zone;
}

}  // namespace pintle::customerio
