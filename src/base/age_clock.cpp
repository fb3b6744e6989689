#include "pintle/base/age_clock.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>

#include "pintle/base/time.hpp"

namespace pintle {
namespace {

using Duration = AgeClock::Duration;

// "1 BOOT OFFSET LAST AHEAD", the numbers in milliseconds.
constexpr std::string_view version = "1";
constexpr std::string_view unknown_boot = "-";

struct Kept {
    std::string boot;
    Duration::rep offset = 0;
    Duration::rep last = 0;   // its time when this was written
    Duration::rep ahead = 0;  // of the wall clock, then
};

std::optional<Kept> read(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::string found_version;
    Kept kept;
    if (!(in >> found_version >> kept.boot >> kept.offset >> kept.last >> kept.ahead)) return std::nullopt;
    if (found_version != version) return std::nullopt;
    return kept;
}

Duration boottime_now() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::floor<Duration>(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

AgeClock::AgeClock(std::string_view text, const Reading& now) : offset_(now.wall.time_since_epoch() - now.boottime) {
    const auto kept = read(text);
    if (!kept) return;
    if (kept->boot == now.boot && !now.boot.empty()) {
        offset_ = Duration(kept->offset);
    } else {
        const Duration by_wall = now.wall.time_since_epoch() - Duration(kept->ahead);
        offset_ = std::max(by_wall, Duration(kept->last)) - now.boottime;
    }
}

WallTime AgeClock::now() const {
    return at(boottime_now());
}

WallTime AgeClock::by_wall(WallTime time) const {
    const auto ahead = wall_now() - now();
    return std::chrono::abs(ahead) <= tolerated_deviation ? time : time + ahead;
}

std::string AgeClock::keep(const Reading& now) const {
    std::ostringstream out;
    out << version << ' ' << (now.boot.empty() ? unknown_boot : std::string_view(now.boot)) << ' ' << offset_.count()
        << ' ' << at(now.boottime).time_since_epoch().count() << ' ' << ahead(now).count();
    return out.str();
}

AgeClock::Reading read_clocks() {
    AgeClock::Reading now;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> now.boot;
    now.boottime = boottime_now();
    now.wall = wall_now();
    return now;
}

}  // namespace pintle
