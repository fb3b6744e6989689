#include "pintle/base/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

#include "pintle/base/time.hpp"

namespace pintle {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::year;

constexpr seconds longest{std::chrono::years{100}};  // so that arithmetic on it does not overflow

std::optional<WallTime> time_of(const std::tm& fields, year in) {
    const auto day = in / (fields.tm_mon + 1) / fields.tm_mday;
    if (!day.ok()) return std::nullopt;
    return std::chrono::sys_days{day} + std::chrono::hours{fields.tm_hour} + std::chrono::minutes{fields.tm_min} +
           seconds{fields.tm_sec};
}

// RFC 9110, 5.6.7: a recipient must accept three formats of a date.
std::optional<WallTime> read_date(const std::string& text, WallTime now) {
    const auto matches = [&](const char* format, std::tm& fields) {
        fields = {};
        const char* end = ::strptime(text.c_str(), format, &fields);
        return end != nullptr && *end == '\0';
    };
    std::tm fields{};
    // IMF-fixdate, and that of C's asctime
    if (matches("%a, %d %b %Y %H:%M:%S GMT", fields) || matches("%a %b %e %H:%M:%S %Y", fields)) {
        return time_of(fields, year(fields.tm_year + 1900));
    }
    // RFC 850: the year has two digits, and is at most 50 years in the future.
    if (matches("%a, %d-%b-%y %H:%M:%S GMT", fields)) {
        const auto today = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(now)}.year();
        const int century = static_cast<int>(today) / 100 * 100;
        year in(century + fields.tm_year % 100);
        if (in > today + std::chrono::years(50)) in -= std::chrono::years(100);
        return time_of(fields, in);
    }
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
        if (read.ec != std::errc{}) return longest;  // it overflows
        return std::min(seconds{number}, longest);
    }
    const auto date = read_date(std::string(header), now);
    if (!date) return std::nullopt;
    return std::clamp<milliseconds>(*date - now, milliseconds::zero(), longest);
}

}  // namespace pintle
