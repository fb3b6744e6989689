#include "pintle/delivery/pause_history.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pintle::delivery {
namespace {

// "2 BEGIN-END BEGIN-END BEGIN- CODE MESSAGE", times in milliseconds since the epoch. Only an ongoing pause, which is
// the last, has a reason and a message.
constexpr std::string_view version = "2";

std::string text(WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

// Removes and returns the part of `from` up to the first `mark`, which is dropped; all of it if there is none.
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

PauseHistory::PauseHistory(Duration max_age, std::string_view encoded) : max_age_(max_age) {
    if (read(encoded)) return;
    ended_.clear();
    ongoing_.reset();
}

bool PauseHistory::read(std::string_view encoded) {
    if (take_until(encoded, ' ') != version) return false;
    while (!encoded.empty()) {
        std::string_view times = take_until(encoded, ' ');
        if (times.find('-') == std::string_view::npos) return false;
        const auto begin = read_time(take_until(times, '-'));
        if (!begin || (!ended_.empty() && *begin < ended_.back().end)) return false;
        if (times.empty()) {
            const auto reason = pause_reason_of(take_until(encoded, ' '));
            if (!reason) return false;
            ongoing_ = Pause{*reason, *begin, std::string(encoded)};
            return true;
        }
        const auto end = read_time(times);
        if (!end || *end < *begin) return false;
        ended_.push_back({*begin, *end});
    }
    return true;
}

std::string PauseHistory::encode() const {
    std::string out(version);
    for (const auto& pause : ended_) out.append(" ").append(text(pause.begin)).append("-").append(text(pause.end));
    if (ongoing_) {
        out.append(" ").append(text(ongoing_->since)).append("- ").append(code_of(ongoing_->reason));
        out.append(" ").append(ongoing_->message);
    }
    return out;
}

bool PauseHistory::begin(PauseReason reason, std::string message, WallTime now) {
    if (ongoing_) {
        ongoing_->reason = reason;
        ongoing_->message = std::move(message);
        return false;
    }
    // The clock may have been set back.
    ongoing_ = Pause{reason, ended_.empty() ? now : std::max(now, ended_.back().end), std::move(message)};
    forget(now);
    return true;
}

bool PauseHistory::end(WallTime now) {
    if (!ongoing_) return false;
    if (now > ongoing_->since) ended_.push_back({ongoing_->since, now});
    ongoing_.reset();
    forget(now);
    return true;
}

PauseHistory::Duration PauseHistory::age(WallTime received, WallTime now) const {
    Duration age = now - received;
    const auto exclude = [&](WallTime begin, WallTime end) {
        age -= std::max(Duration::zero(), std::min(end, now) - std::max(begin, received));
    };
    for (const auto& pause : ended_) exclude(pause.begin, pause.end);
    if (ongoing_) exclude(ongoing_->since, now);
    return std::max(Duration::zero(), age);
}

// A pause is removed once all events that were received before its end are too old without it. Merging two pauses makes
// events appear younger: they are retried for longer, and none is dead-lettered too early.
void PauseHistory::forget(WallTime now) {
    const auto matters = [&](const Interval& pause) { return age(pause.end, now) <= max_age_; };
    ended_.erase(ended_.begin(), std::find_if(ended_.begin(), ended_.end(), matters));
    while (ended_.size() > max_ended) {
        auto shortest = ended_.begin();
        for (auto pause = shortest; pause + 1 != ended_.end(); ++pause) {
            if ((pause + 1)->begin - pause->end < (shortest + 1)->begin - shortest->end) shortest = pause;
        }
        shortest->end = (shortest + 1)->end;
        ended_.erase(shortest + 1);
    }
}

}  // namespace pintle::delivery
