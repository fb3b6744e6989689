#include "message_id_ring.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace pintle::ingest {
namespace {

constexpr std::size_t in_chunk = 2048;
constexpr std::size_t smallest_table = 512;  // slots; a power of two, as all tables

// Of one call. More is dropped than comes in, and more is moved than comes in until the new table is full or sparse.
constexpr std::size_t max_dropped = 8;
constexpr std::size_t max_moved = 16;

// Milliseconds, cut to 32 bits: enough for times that are less than 49 days from the latest.
std::uint32_t cut(WallTime time) {
    return static_cast<std::uint32_t>(time.time_since_epoch().count());
}
constexpr std::chrono::milliseconds span{std::numeric_limits<std::uint32_t>::max()};

std::size_t first_bits(const MessageHash& message) {
    std::size_t bits = 0;  // of a digest, so as good as random
    std::memcpy(&bits, message.data(), sizeof bits);
    return bits;
}

}  // namespace

struct MessageIdRing::Chunk {
    std::array<MessageHash, in_chunk> messages;
    std::array<std::uint32_t, in_chunk> times;
};

// A chunk more than needed, so that the ring's ends never share one.
MessageIdRing::MessageIdRing(std::size_t limit)
    : limit_(limit), chunks_((limit + in_chunk - 1) / in_chunk + 1), table_(smallest_table, none) {}

MessageIdRing::~MessageIdRing() = default;

bool MessageIdRing::remember(const MessageHash& message, WallTime time) {
    if (contains(message)) return false;
    drop_forgotten(max_dropped);
    const auto latest = std::max(latest_, time);
    while (size_ > 0 && time_of(place(first_)) < latest - span) drop_oldest();  // their times could not be told
    latest_ = latest;
    if (size_ == limit_) drop_oldest();
    move_places(max_moved);
    if (2 * (size_ + 1) > table_.size()) resize_table(2 * table_.size());

    const Place last = place(first_ + size_);
    auto& chunk = chunks_[last / in_chunk];
    if (!chunk) chunk = std::make_unique_for_overwrite<Chunk>();
    chunk->messages[last % in_chunk] = message;
    chunk->times[last % in_chunk] = cut(latest_);
    table_[find(table_, message)] = last;  // a forgotten one of the same message keeps its room alone
    ++size_;
    return true;
}

bool MessageIdRing::contains(const MessageHash& message) const noexcept {
    return contains(table_, message) || (!old_table_.empty() && contains(old_table_, message));
}

bool MessageIdRing::contains(const Table& table, const MessageHash& message) const noexcept {
    const Place found = table[find(table, message)];
    return found != none && time_of(found) >= forgotten_before_;
}

void MessageIdRing::forget_before(WallTime time) {
    forgotten_before_ = std::max(forgotten_before_, time);
    drop_forgotten(max_dropped);
}

void MessageIdRing::drop_forgotten(std::size_t most) {
    for (; most > 0 && size_ > 0 && time_of(place(first_)) < forgotten_before_; --most) drop_oldest();
}

void MessageIdRing::forget_oldest(std::size_t count) {
    for (; count > 0 && size_ > 0; --count) drop_oldest();
}

std::size_t MessageIdRing::capacity() const noexcept {
    return chunks_.size() * in_chunk;
}

WallTime MessageIdRing::time_of(Place place) const noexcept {
    const auto time = chunks_[place / in_chunk]->times[place % in_chunk];
    return latest_ - std::chrono::milliseconds(cut(latest_) - time);
}

const MessageHash& MessageIdRing::message(Place place) const noexcept {
    return chunks_[place / in_chunk]->messages[place % in_chunk];
}

std::size_t MessageIdRing::find(const Table& table, const MessageHash& sought) const noexcept {
    const auto mask = table.size() - 1;
    auto slot = first_bits(sought) & mask;
    while (table[slot] != none && message(table[slot]) != sought) slot = (slot + 1) & mask;
    return slot;
}

void MessageIdRing::drop_oldest() {
    const Place oldest = place(first_);
    erase(table_, oldest);
    if (!old_table_.empty()) erase(old_table_, oldest);
    --size_;
    ++first_;
    if (size_ == 0 || place(first_) / in_chunk != oldest / in_chunk) chunks_[oldest / in_chunk].reset();
    move_places(max_moved);
    if (table_.size() > smallest_table && 16 * size_ < table_.size()) resize_table(table_.size() / 4);
}

// Where the table has another place for the same message, or none, nothing is to be done. Those behind it that could
// not have their own slot move up, or they would no longer be found.
void MessageIdRing::erase(Table& table, Place place) {
    auto slot = find(table, message(place));
    if (table[slot] != place) return;
    const auto mask = table.size() - 1;
    for (auto at = (slot + 1) & mask; table[at] != none; at = (at + 1) & mask) {
        const auto from_home = (at - first_bits(message(table[at]))) & mask;
        if (from_home < ((at - slot) & mask)) continue;
        table[slot] = table[at];
        slot = at;
    }
    table[slot] = none;
}

void MessageIdRing::resize_table(std::size_t slots) {
    move_places(size_);
    old_table_ = std::exchange(table_, Table(slots, none));
    move_next_ = first_;
    move_end_ = first_ + size_;
    if (size_ == 0) old_table_ = {};
}

void MessageIdRing::move_places(std::size_t most) {
    if (old_table_.empty()) return;
    move_next_ = std::max(move_next_, first_);
    for (; most > 0 && move_next_ < move_end_; --most, ++move_next_) {
        const Place next = place(move_next_);
        if (time_of(next) >= forgotten_before_) table_[find(table_, message(next))] = next;
    }
    if (move_next_ >= move_end_) old_table_ = {};
}

}  // namespace pintle::ingest
