#include "rocksdb/message_id_expiry.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/logging/logging.hpp"
#include "rocksdb/keys.hpp"

namespace pintle::journal {
namespace {

constexpr int steps_a_window = 32;
constexpr std::size_t segments_of_limit = 64;
constexpr auto longest_step = std::chrono::hours(24 * 366);

const std::string message_ids_end(1, '\xFF');

// Returns true if the cursor is at an entry. If it ran into damage after `last` of `source`, moves it behind the
// damage: to a later time of that source, searched in doubling steps, or else to a later source.
bool step_over_damage(Cursor& cursor, const std::string& source, WallTime last) {
    if (!cursor.is_damaged()) return cursor.valid();
    logging::error(
        "message_ids_damaged source={} after={} message=\"repeats of events with these ids are not noticed\"", source,
        to_iso8601(last));
    for (auto step = std::chrono::milliseconds(1); step <= longest_step && cursor.is_damaged(); step *= 2) {
        cursor.seek(keys::message_ids_from(source, last + step));
    }
    const unsigned first = source.empty() ? 0 : static_cast<unsigned char>(source.front());
    for (unsigned later = first + 1; later < 0x100 && cursor.is_damaged(); ++later) {
        cursor.seek(std::string(keys::message_ids_begin) + static_cast<char>(later));
    }
    return cursor.valid();
}

}  // namespace

void read_message_ids(const Store& store, WallTime since, const Journal::VisitMessageIds& visit) {
    auto cursor = store.scan(ColumnFamily::message_ids, std::string(keys::message_ids_begin), message_ids_end);
    std::string source;
    auto last = since;
    while (step_over_damage(cursor, source, last)) {
        const auto message_ids = keys::parse_message_ids(cursor.key());
        if (message_ids) {
            source = message_ids->source;
            last = std::max(since, message_ids->time);
        }
        if (message_ids && message_ids->time < since) {
            cursor.seek(keys::message_ids_from(source, since));
            continue;
        }
        auto rest = message_ids ? cursor.value() : std::string_view{};
        for (; rest.size() >= sizeof(MessageHash); rest.remove_prefix(sizeof(MessageHash))) {
            MessageHash message;
            std::memcpy(message.data(), rest.data(), message.size());
            visit(message_ids->source, message, message_ids->time);
        }
        cursor.next();
    }
    if (!cursor.is_damaged()) cursor.check();
}

std::vector<std::string> sources_with_message_ids(const Store& store) {
    std::vector<std::string> sources;
    auto cursor = store.scan(ColumnFamily::message_ids, std::string(keys::message_ids_begin), message_ids_end);
    while (cursor.valid()) {
        if (const auto message_ids = keys::parse_message_ids(cursor.key())) {
            sources.emplace_back(message_ids->source);
            cursor.seek(std::string(keys::message_ids_begin).append(sources.back()) + '\1');
        } else {
            cursor.next();
        }
    }
    return sources;
}

MessageIdExpiry::MessageIdExpiry(std::chrono::milliseconds window, std::size_t limit,
                                 const std::vector<std::string>& sources)
    : window_(window), limit_(limit), segment_(std::max<std::size_t>(1, limit / segments_of_limit)) {
    for (const auto& source : sources) sources_.try_emplace(source);
}

void MessageIdExpiry::add(std::string_view name, std::size_t count, WallTime time) {
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

void MessageIdExpiry::drop_oldest(Source& source) {
    source.count -= source.segments.front().count;
    count_ -= source.segments.front().count;
    source.segments.pop_front();
}

std::vector<MessageIdExpiry::Expired> MessageIdExpiry::due() {
    std::vector<Expired> expired;
    if (!enabled()) return expired;
    if (next_ == WallTime{}) {  // a restart alone deletes nothing
        for (auto& [name, source] : sources_) source.latest = std::max(source.latest, latest_);
        if (latest_ != WallTime{}) next_ = latest_ + window_ / steps_a_window;
    } else if (latest_ >= next_) {
        next_ = latest_ + window_ / steps_a_window;
        expire_by_age(expired);
    }
    while (count_ > limit_ && expire_of_largest(expired)) continue;
    return expired;
}

void MessageIdExpiry::expire_by_age(std::vector<Expired>& expired) {
    const auto before = latest_ - window_;
    for (auto each = sources_.begin(); each != sources_.end();) {
        auto& source = each->second;
        expired.push_back({each->first, before});
        while (source.segments.size() > 1 && source.segments[1].begin <= before) drop_oldest(source);
        if (source.latest >= before) {
            ++each;
            continue;
        }
        while (!source.segments.empty()) drop_oldest(source);
        each = sources_.erase(each);
    }
}

// Returns false if the source has only one segment: its latest ids are kept.
bool MessageIdExpiry::expire_of_largest(std::vector<Expired>& expired) {
    const auto by_count = [](const auto& a, const auto& b) { return a.second.count < b.second.count; };
    const auto largest = std::ranges::max_element(sources_, by_count);
    if (largest == sources_.end() || largest->second.segments.size() < 2) return false;
    drop_oldest(largest->second);
    expired.push_back({largest->first, largest->second.segments.front().begin});
    return true;
}

}  // namespace pintle::journal
