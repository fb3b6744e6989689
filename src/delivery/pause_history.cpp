#include "pintle/delivery/pause_history.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "pintle/base/time.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::delivery {
namespace {

using nlohmann::json;

// "2 BEGIN-END BEGIN-END BEGIN- CODE MESSAGE", times in milliseconds since the epoch. Only an ongoing pause, which is
// the last, has a reason and a message.
constexpr std::string_view version = "2";

// The pause that ends last comes first: nothing is sent during the first two, and a success ends the last.
constexpr int rank(PauseReason reason) noexcept {
    switch (reason) {
        case PauseReason::by_operator: return 0;
        case PauseReason::region_unknown: return 1;
        case PauseReason::credentials: return 2;
    }
    return 3;
}

// Nothing if `document` is not what `encode_ongoing` writes of a pause.
std::optional<Pause> read_pause(const json& document) {
    if (!document.is_object()) return std::nullopt;
    const auto text = [&](const char* name) {
        const auto found = document.find(name);
        return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const auto reason = pause_reason_of(text("reason"));
    const auto since = document.find("since");
    if (!reason || since == document.end() || !since->is_number_integer()) return std::nullopt;
    return Pause{*reason, WallTime{WallTime::duration{since->get<std::int64_t>()}}, text("message"), text("by")};
}

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

PauseHistory::PauseHistory(Duration max_age, std::string_view encoded, std::string_view ongoing) : max_age_(max_age) {
    if (read(encoded)) {
        read_ongoing(ongoing);
    } else {
        ended_.clear();
        ongoing_.clear();
    }
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
            begin_ = *begin;
            ongoing_.push_back({*reason, *begin, std::string(encoded)});
            return true;
        }
        const auto end = read_time(times);
        if (!end || *end < *begin) return false;
        ended_.push_back({*begin, *end});
    }
    return true;
}

// Replaces the pause that `read` has found, unless an earlier version has changed that since without knowing of others.
void PauseHistory::read_ongoing(std::string_view encoded) {
    if (ongoing_.empty()) return;
    const auto document = parse_json(encoded);
    if (!document.is_array()) return;
    std::vector<Pause> pauses;
    for (const auto& each : document) {
        auto pause = read_pause(each);
        const bool is_next = pause && (pauses.empty() || rank(pauses.back().reason) < rank(pause->reason));
        if (!is_next || pause->since < begin_) return;
        pauses.push_back(std::move(*pause));
    }
    const auto& first = ongoing_.front();
    if (pauses.empty() || pauses.front().reason != first.reason || pauses.front().message != first.message) return;
    ongoing_ = std::move(pauses);
}

std::string PauseHistory::encode() const {
    std::string out(version);
    for (const auto& pause : ended_) out.append(" ").append(text(pause.begin)).append("-").append(text(pause.end));
    if (!ongoing_.empty()) {
        const auto& first = ongoing_.front();
        out.append(" ").append(text(begin_)).append("- ").append(code_of(first.reason));
        out.append(" ").append(first.message);
    }
    return out;
}

std::string PauseHistory::encode_ongoing() const {
    if (ongoing_.empty()) return {};
    auto all = json::array();
    for (const auto& pause : ongoing_) {
        all.push_back({{"reason", code_of(pause.reason)},
                       {"since", pause.since.time_since_epoch().count()},
                       {"message", pause.message},
                       {"by", pause.by}});
    }
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

const Pause* PauseHistory::find(PauseReason reason) const noexcept {
    const auto found = std::ranges::find(ongoing_, reason, &Pause::reason);
    return found == ongoing_.end() ? nullptr : &*found;
}

void PauseHistory::insert(Pause pause) {
    const auto after =
        std::ranges::find_if(ongoing_, [&](const Pause& each) { return rank(each.reason) > rank(pause.reason); });
    ongoing_.insert(after, std::move(pause));
}

bool PauseHistory::begin(PauseReason reason, std::string message, WallTime now, std::string by) {
    const auto found = std::ranges::find(ongoing_, reason, &Pause::reason);
    if (found != ongoing_.end()) {
        found->message = std::move(message);
        found->by = std::move(by);
        return false;
    }
    const bool is_first = ongoing_.empty();
    // The clock may have been set back.
    if (is_first) begin_ = ended_.empty() ? now : std::max(now, ended_.back().end);
    insert({reason, std::max(now, begin_), std::move(message), std::move(by)});
    if (is_first) forget(now);
    return true;
}

bool PauseHistory::end(PauseReason reason, WallTime now) {
    if (std::erase_if(ongoing_, [&](const Pause& each) { return each.reason == reason; }) == 0) return false;
    if (!ongoing_.empty()) return true;
    if (now > begin_) ended_.push_back({begin_, now});
    forget(now);
    return true;
}

PauseHistory::Duration PauseHistory::age(WallTime received, WallTime now) const {
    Duration age = now - received;
    const auto exclude = [&](WallTime begin, WallTime end) {
        age -= std::max(Duration::zero(), std::min(end, now) - std::max(begin, received));
    };
    for (const auto& pause : ended_) exclude(pause.begin, pause.end);
    if (!ongoing_.empty()) exclude(begin_, now);
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
