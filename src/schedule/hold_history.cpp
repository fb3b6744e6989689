#include "pintle/schedule/hold_history.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pintle::schedule {
namespace {

// "1 BEGIN-END BEGIN-END BEGIN- REASON", times in milliseconds since the epoch; the last hold is the one that goes on.
constexpr std::string_view version = "1";

std::string text(WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

// What stands before the first `mark`, taken off `from` together with it; all of it where there is none.
std::string_view take_until(std::string_view& from, char mark) {
    const std::string_view taken = from.substr(0, from.find(mark));
    from.remove_prefix(std::min(taken.size() + 1, from.size()));
    return taken;
}

std::optional<WallTime> read_time(std::string_view digits) {
    WallTime::rep milliseconds = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds);
    if (error != std::errc() || rest != end) return std::nullopt;
    return WallTime{WallTime::duration{milliseconds}};
}

}  // namespace

HoldHistory::HoldHistory(Duration max_age, std::string_view kept) : max_age_(max_age) {
    if (read(kept)) return;
    over_.clear();
    ongoing_.reset();
}

bool HoldHistory::read(std::string_view kept) {
    if (take_until(kept, ' ') != version) return false;
    while (!kept.empty()) {
        std::string_view times = take_until(kept, ' ');
        if (times.find('-') == std::string_view::npos) return false;
        const auto begin = read_time(take_until(times, '-'));
        if (!begin || (!over_.empty() && *begin < over_.back().end)) return false;
        if (times.empty()) {
            ongoing_ = Hold{*begin, std::string(kept)};
            return true;
        }
        const auto end = read_time(times);
        if (!end || *end < *begin) return false;
        over_.push_back({*begin, *end});
    }
    return true;
}

std::string HoldHistory::encode() const {
    std::string out(version);
    for (const auto& hold : over_) out.append(" ").append(text(hold.begin)).append("-").append(text(hold.end));
    if (ongoing_) out.append(" ").append(text(ongoing_->since)).append("- ").append(ongoing_->reason);
    return out;
}

bool HoldHistory::begin(std::string reason, WallTime now) {
    if (ongoing_) {
        ongoing_->reason = std::move(reason);
        return false;
    }
    // A wall clock may have been set back.
    ongoing_ = Hold{over_.empty() ? now : std::max(now, over_.back().end), std::move(reason)};
    forget(now);
    return true;
}

bool HoldHistory::end(WallTime now) {
    if (!ongoing_) return false;
    if (now > ongoing_->since) over_.push_back({ongoing_->since, now});
    ongoing_.reset();
    forget(now);
    return true;
}

HoldHistory::Duration HoldHistory::age(WallTime received, WallTime now) const {
    Duration age = now - received;
    const auto leave_out = [&](WallTime begin, WallTime end) {
        age -= std::max(Duration::zero(), std::min(end, now) - std::max(begin, received));
    };
    for (const auto& hold : over_) leave_out(hold.begin, hold.end);
    if (ongoing_) leave_out(ongoing_->since, now);
    return std::max(Duration::zero(), age);
}

// What was received before a hold's end is too old without it, once that much time outside of holds has passed since. A
// gap that is forgotten makes events appear younger: they are tried for longer, none is given up too early.
void HoldHistory::forget(WallTime now) {
    const auto matters = [&](const Interval& hold) { return age(hold.end, now) <= max_age_; };
    over_.erase(over_.begin(), std::find_if(over_.begin(), over_.end(), matters));
    while (over_.size() > max_kept) {
        auto shortest = over_.begin();
        for (auto hold = shortest; hold + 1 != over_.end(); ++hold) {
            if ((hold + 1)->begin - hold->end < (shortest + 1)->begin - shortest->end) shortest = hold;
        }
        shortest->end = (shortest + 1)->end;
        over_.erase(shortest + 1);
    }
}

}  // namespace pintle::schedule
