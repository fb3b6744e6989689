#include "pintle/http/server/failure_log.hpp"

#include <algorithm>
#include <utility>

namespace pintle::http {

std::optional<std::uint64_t> FailureLog::add(std::string_view address, Time now, std::uint64_t count) {
    std::string key(address);
    if (!entries_.contains(key)) make_room();
    Entry& entry = entries_[std::move(key)];
    entry.count += count;
    entry.last = now;
    if (!may_log(entry, now)) return std::nullopt;
    entry.logged = now;
    return std::exchange(entry.count, 0);
}

bool FailureLog::may_log(const Entry& entry, Time now) {
    if (entry.logged && now - *entry.logged < interval_) return false;
    if (lines_ == 0 || now - begun_ >= interval_) {
        begun_ = now;
        lines_ = 0;
    }
    if (lines_ == max_lines) return false;
    ++lines_;
    return true;
}

void FailureLog::make_room() {
    if (entries_.size() < max_addresses) return;
    entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& each) { return each.second.last; }));
}

}  // namespace pintle::http
