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
constexpr std::size_t smallest_table = 512;  // slots; a power of two, as for all tables

// Per call. Entries are dropped and moved faster than they are added.
constexpr std::size_t max_dropped = 8;
constexpr std::size_t max_moved = 16;

// Milliseconds, truncated to 32 bits: unambiguous within 49 days of the latest.
std::uint32_t cut(WallTime time) {
    return static_cast<std::uint32_t>(time.time_since_epoch().count());
}
constexpr std::chrono::milliseconds span{std::numeric_limits<std::uint32_t>::max()};

std::size_t first_bits(const MessageHash& message) {
    std::size_t bits = 0;  // of a digest, so uniformly distributed
    std::memcpy(&bits, message.data(), sizeof bits);
    return bits;
}

}  // namespace

struct MessageIdRing::Chunk {
    std::array<MessageHash, in_chunk> messages;
    std::array<std::uint32_t, in_chunk> times;
};

// One more chunk than needed, so that the ring's two ends never share one.
MessageIdRing::MessageIdRing(std::size_t limit)
    : limit_(limit), chunks_((limit + in_chunk - 1) / in_chunk + 1), table_(smallest_table, none) {}

MessageIdRing::~MessageIdRing() = default;

bool MessageIdRing::remember(const MessageHash& message, WallTime time) {
    if (contains(message)) return false;
    drop_forgotten(max_dropped);
    const auto latest = std::max(latest_, time);
    while (size_ > 0 && time_of(index_of(first_)) < latest - span) drop_oldest();  // their times would become ambiguous
    latest_ = latest;
    if (size_ == limit_) drop_oldest();
    move_entries(max_moved);
    if (2 * (size_ + 1) > table_.size()) resize_table(2 * table_.size());

    const Index last = index_of(first_ + size_);
    auto& chunk = chunks_[last / in_chunk];
    if (!chunk) chunk = std::make_unique_for_overwrite<Chunk>();
    chunk->messages[last % in_chunk] = message;
    chunk->times[last % in_chunk] = cut(latest_);
    table_[find(table_, message)] = last;  // replaces a removed entry of the same message
    ++size_;
    return true;
}

bool MessageIdRing::contains(const MessageHash& message) const noexcept {
    return contains(table_, message) || (!old_table_.empty() && contains(old_table_, message));
}

bool MessageIdRing::contains(const Table& table, const MessageHash& message) const noexcept {
    const Index found = table[find(table, message)];
    return found != none && time_of(found) >= forgotten_before_;
}

void MessageIdRing::forget_before(WallTime time) {
    forgotten_before_ = std::max(forgotten_before_, time);
    drop_forgotten(max_dropped);
}

void MessageIdRing::drop_forgotten(std::size_t most) {
    for (; most > 0 && size_ > 0 && time_of(index_of(first_)) < forgotten_before_; --most) drop_oldest();
}

void MessageIdRing::forget_oldest(std::size_t count) {
    for (; count > 0 && size_ > 0; --count) drop_oldest();
}

std::size_t MessageIdRing::capacity() const noexcept {
    return chunks_.size() * in_chunk;
}

WallTime MessageIdRing::time_of(Index index) const noexcept {
    const auto time = chunks_[index / in_chunk]->times[index % in_chunk];
    return latest_ - std::chrono::milliseconds(cut(latest_) - time);
}

const MessageHash& MessageIdRing::message(Index index) const noexcept {
    return chunks_[index / in_chunk]->messages[index % in_chunk];
}

std::size_t MessageIdRing::find(const Table& table, const MessageHash& sought) const noexcept {
    const auto mask = table.size() - 1;
    auto slot = first_bits(sought) & mask;
    while (table[slot] != none && message(table[slot]) != sought) slot = (slot + 1) & mask;
    return slot;
}

void MessageIdRing::drop_oldest() {
    const Index oldest = index_of(first_);
    erase(table_, oldest);
    if (!old_table_.empty()) erase(old_table_, oldest);
    --size_;
    ++first_;
    if (size_ == 0 || index_of(first_) / in_chunk != oldest / in_chunk) chunks_[oldest / in_chunk].reset();
    move_entries(max_moved);
    if (table_.size() > smallest_table && 16 * size_ < table_.size()) resize_table(table_.size() / 4);
}

// Does nothing if the table has another index for the message, or none. Displaced entries behind the slot move up, as
// linear probing requires.
void MessageIdRing::erase(Table& table, Index index) {
    auto slot = find(table, message(index));
    if (table[slot] != index) return;
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
    move_entries(size_);
    old_table_ = std::exchange(table_, Table(slots, none));
    move_next_ = first_;
    move_end_ = first_ + size_;
    if (size_ == 0) old_table_ = {};
}

void MessageIdRing::move_entries(std::size_t most) {
    if (old_table_.empty()) return;
    move_next_ = std::max(move_next_, first_);
    for (; most > 0 && move_next_ < move_end_; --most, ++move_next_) {
        const Index next = index_of(move_next_);
        if (time_of(next) >= forgotten_before_) table_[find(table_, message(next))] = next;
    }
    if (move_next_ >= move_end_) old_table_ = {};
}

}  // namespace pintle::ingest
