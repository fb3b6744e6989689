#include <algorithm>
#include <array>
#include <charconv>

#include "pintle/base/time.hpp"
#include "pintle/customerio/response.hpp"

namespace pintle::customerio {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds longest{std::chrono::years{100}};  // so that no arithmetic on it overflows

// Reads a header from left to right; once something is not as expected, nothing is any more.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    // A number of `least` to `most` digits.
    int number(std::size_t least, std::size_t most) {
        int value = 0;
        const char* begin = rest_.data();
        const auto [stop, error] = std::from_chars(begin, begin + std::min(most, rest_.size()), value);
        const auto digits = static_cast<std::size_t>(stop - begin);
        if (error != std::errc{} || digits < least || rest_.starts_with('-')) return fail();
        rest_.remove_prefix(digits);
        return value;
    }

    void text(std::string_view expected) {
        if (rest_.starts_with(expected)) {
            rest_.remove_prefix(expected.size());
        } else {
            fail();
        }
    }

    // The index of the one that comes next.
    template <std::size_t N>
    int one_of(const std::array<std::string_view, N>& names) {
        const auto found =
            std::find_if(names.begin(), names.end(), [&](std::string_view name) { return rest_.starts_with(name); });
        if (found == names.end()) return fail();
        rest_.remove_prefix(found->size());
        return static_cast<int>(found - names.begin());
    }

    bool done() const { return good_ && rest_.empty(); }

private:
    int fail() {
        good_ = false;
        rest_ = {};
        return 0;
    }

    std::string_view rest_;
    bool good_ = true;
};

constexpr std::array<std::string_view, 7> weekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> long_weekdays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                        "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Date {
    int year = 0;
    int month = 0;  // from 0
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

void read_clock(Cursor& at, Date& date) {
    date.hour = at.number(2, 2);
    at.text(":");
    date.minute = at.number(2, 2);
    at.text(":");
    date.second = at.number(2, 2);
}

// Sun, 06 Nov 1994 08:49:37 GMT
Date read_current_form(Cursor& at) {
    Date date;
    at.one_of(weekdays);
    at.text(", ");
    date.day = at.number(2, 2);
    at.text(" ");
    date.month = at.one_of(months);
    at.text(" ");
    date.year = at.number(4, 4);
    at.text(" ");
    read_clock(at, date);
    at.text(" GMT");
    return date;
}

// Sunday, 06-Nov-94 08:49:37 GMT, whose year is at most 50 years ahead (RFC 9110, 5.6.7)
Date read_rfc850_form(Cursor& at, WallTime now) {
    Date date;
    at.one_of(long_weekdays);
    at.text(", ");
    date.day = at.number(2, 2);
    at.text("-");
    date.month = at.one_of(months);
    at.text("-");
    date.year = at.number(2, 2);
    at.text(" ");
    read_clock(at, date);
    at.text(" GMT");
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
    const int year = static_cast<int>(today.year());
    date.year += year - year % 100;
    if (date.year > year + 50) date.year -= 100;
    return date;
}

// Sun Nov  6 08:49:37 1994
Date read_asctime_form(Cursor& at) {
    Date date;
    at.one_of(weekdays);
    at.text(" ");
    date.month = at.one_of(months);
    at.one_of(std::array<std::string_view, 2>{"  ", " "});
    date.day = at.number(1, 2);
    at.text(" ");
    read_clock(at, date);
    at.text(" ");
    date.year = at.number(4, 4);
    return date;
}

std::optional<WallTime> time_of(const Date& date) {
    const std::chrono::year_month_day day{std::chrono::year{date.year},
                                          std::chrono::month{static_cast<unsigned>(date.month) + 1},
                                          std::chrono::day{static_cast<unsigned>(date.day)}};
    if (!day.ok() || date.hour > 23 || date.minute > 59 || date.second > 60) return std::nullopt;
    return std::chrono::sys_days{day} + std::chrono::hours{date.hour} + std::chrono::minutes{date.minute} +
           seconds{date.second};
}

std::optional<WallTime> read_date(std::string_view text, WallTime now) {
    Cursor current{text};
    Cursor rfc850{text};
    Cursor asctime{text};
    if (const Date date = read_current_form(current); current.done()) return time_of(date);
    if (const Date date = read_rfc850_form(rfc850, now); rfc850.done()) return time_of(date);
    if (const Date date = read_asctime_form(asctime); asctime.done()) return time_of(date);
    return std::nullopt;
}

}  // namespace

std::optional<milliseconds> read_retry_after(std::string_view header, WallTime now) {
    while (header.starts_with(' ') || header.starts_with('\t')) header.remove_prefix(1);
    while (header.ends_with(' ') || header.ends_with('\t')) header.remove_suffix(1);
    if (header.empty()) return std::nullopt;
    if (header.find_first_not_of("0123456789") == std::string_view::npos) {
        std::int64_t number = 0;
        const auto read = std::from_chars(header.data(), header.data() + header.size(), number);
        if (read.ec != std::errc{}) return longest;  // more than fits
        return std::min(seconds{number}, longest);
    }
    const auto date = read_date(header, now);
    if (!date) return std::nullopt;
    return std::clamp<milliseconds>(*date - now, milliseconds::zero(), longest);
}

}  // namespace pintle::customerio
