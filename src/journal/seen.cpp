#include "journal/seen.hpp"

#include <algorithm>
#include <cstring>

#include "journal/keys.hpp"

namespace pintle::journal {
namespace {

constexpr int steps_a_window = 32;
constexpr std::size_t segments_of_limit = 64;

const std::string end_of_seen(1, '\xFF');

}  // namespace

void read_seen_since(const Store& store, WallTime since, const Journal::VisitSeen& visit) {
    auto cursor = store.scan(Column::seen, std::string(keys::seen_begin), end_of_seen);
    while (cursor.valid()) {
        const auto seen = keys::read_seen(cursor.key());
        if (seen && seen->time < since) {
            cursor.seek(keys::seen_from(seen->source, since));
            continue;
        }
        auto left = seen ? cursor.value() : std::string_view{};
        for (; left.size() >= sizeof(MessageHash); left.remove_prefix(sizeof(MessageHash))) {
            MessageHash message;
            std::memcpy(message.data(), left.data(), message.size());
            visit(seen->source, message, seen->time);
        }
        cursor.next();
    }
    cursor.check();
}

std::vector<std::string> sources_of_seen(const Store& store) {
    std::vector<std::string> sources;
    auto cursor = store.scan(Column::seen, std::string(keys::seen_begin), end_of_seen);
    while (cursor.valid()) {
        if (const auto seen = keys::read_seen(cursor.key())) {
            sources.emplace_back(seen->source);
            cursor.seek(std::string(keys::seen_begin).append(sources.back()) + '\1');
        } else {
            cursor.next();
        }
    }
    return sources;
}

SeenExpiry::SeenExpiry(std::chrono::milliseconds window, std::size_t limit, const std::vector<std::string>& sources)
    : window_(window), limit_(limit), segment_(std::max<std::size_t>(1, limit / segments_of_limit)) {
    for (const auto& source : sources) sources_.try_emplace(source);
}

void SeenExpiry::add(std::string_view name, std::size_t count, WallTime time) {
    auto found = sources_.find(name);
    if (found == sources_.end()) found = sources_.try_emplace(std::string(name)).first;
    auto& source = found->second;
    latest_ = std::max(latest_, time);
    source.latest = latest_;
    if (source.segments.empty() || source.segments.back().count >= segment_) source.segments.push_back({latest_, 0});
    source.segments.back().count += count;
    source.count += count;
    count_ += count;
}

void SeenExpiry::drop_oldest(Source& source) {
    source.count -= source.segments.front().count;
    count_ -= source.segments.front().count;
    source.segments.pop_front();
}

std::vector<SeenExpiry::Forgotten> SeenExpiry::due() {
    std::vector<Forgotten> forgotten;
    if (!remembers()) return forgotten;
    if (next_ == WallTime{}) {  // a restart alone is no reason
        for (auto& [name, source] : sources_) source.latest = std::max(source.latest, latest_);
        if (latest_ != WallTime{}) next_ = latest_ + window_ / steps_a_window;
    } else if (latest_ >= next_) {
        next_ = latest_ + window_ / steps_a_window;
        forget_by_age(forgotten);
    }
    while (count_ > limit_ && forget_of_largest(forgotten)) continue;
    return forgotten;
}

void SeenExpiry::forget_by_age(std::vector<Forgotten>& forgotten) {
    const auto before = latest_ - window_;
    for (auto each = sources_.begin(); each != sources_.end();) {
        auto& source = each->second;
        forgotten.push_back({each->first, before});
        while (source.segments.size() > 1 && source.segments[1].begin <= before) drop_oldest(source);
        if (source.latest >= before) {
            ++each;
            continue;
        }
        while (!source.segments.empty()) drop_oldest(source);
        each = sources_.erase(each);
    }
}

// False where that would be all that it has. Ids of one time go or stay together.
bool SeenExpiry::forget_of_largest(std::vector<Forgotten>& forgotten) {
    const auto by_count = [](const auto& a, const auto& b) { return a.second.count < b.second.count; };
    const auto largest = std::ranges::max_element(sources_, by_count);
    if (largest == sources_.end() || largest->second.segments.size() < 2) return false;
    drop_oldest(largest->second);
    forgotten.push_back({largest->first, largest->second.segments.front().begin});
    return true;
}

}  // namespace pintle::journal
