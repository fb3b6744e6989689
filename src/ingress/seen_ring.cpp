#include "ingress/seen_ring.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace pintle::ingress {
namespace {

constexpr std::size_t in_chunk = 2048;
constexpr std::size_t smallest_table = 512;  // slots; a power of two, as all tables

// Milliseconds, cut to 32 bits: enough for times that are less than 49 days from the latest.
std::uint32_t cut(WallTime time) {
    return static_cast<std::uint32_t>(time.time_since_epoch().count());
}
constexpr std::chrono::milliseconds span{std::numeric_limits<std::uint32_t>::max()};

}  // namespace

struct SeenRing::Chunk {
    std::array<MessageHash, in_chunk> messages;
    std::array<std::uint32_t, in_chunk> times;
};

// A chunk more than needed, so that the ring's ends never share one.
SeenRing::SeenRing(std::size_t limit)
    : limit_(limit), chunks_((limit + in_chunk - 1) / in_chunk + 1), table_(smallest_table, none) {}

SeenRing::~SeenRing() = default;

bool SeenRing::remember(const MessageHash& message, WallTime time) {
    if (contains(message)) return false;
    const auto latest = std::max(latest_, time);
    forget_before(latest - span);  // first: the times that are kept are read as of the latest one
    latest_ = latest;
    if (size_ == limit_) drop_oldest();
    if (2 * (size_ + 1) > table_.size()) resize_table(2 * table_.size());

    const auto place = (first_ + size_) % (chunks_.size() * in_chunk);
    auto& chunk = chunks_[place / in_chunk];
    if (!chunk) chunk = std::make_unique_for_overwrite<Chunk>();
    chunk->messages[place % in_chunk] = message;
    chunk->times[place % in_chunk] = cut(latest_);
    table_[find(message)] = static_cast<Place>(place);
    ++size_;
    return true;
}

void SeenRing::forget_before(WallTime time) {
    while (size_ > 0 && oldest() < time) drop_oldest();
}

void SeenRing::forget_oldest(std::size_t count) {
    for (; count > 0 && size_ > 0; --count) drop_oldest();
}

WallTime SeenRing::oldest() const {
    const auto time = chunks_[first_ / in_chunk]->times[first_ % in_chunk];
    return latest_ - std::chrono::milliseconds(cut(latest_) - time);
}

const MessageHash& SeenRing::message(Place place) const noexcept {
    return chunks_[place / in_chunk]->messages[place % in_chunk];
}

std::size_t SeenRing::home(const MessageHash& message) const noexcept {
    std::size_t bits = 0;  // of a digest, so as good as random
    std::memcpy(&bits, message.data(), sizeof bits);
    return bits & (table_.size() - 1);
}

std::size_t SeenRing::find(const MessageHash& sought) const noexcept {
    auto slot = home(sought);
    while (table_[slot] != none && message(table_[slot]) != sought) slot = (slot + 1) & (table_.size() - 1);
    return slot;
}

void SeenRing::drop_oldest() {
    erase(find(message(static_cast<Place>(first_))));
    const auto next = (first_ + 1) % (chunks_.size() * in_chunk);
    --size_;
    if (next / in_chunk != first_ / in_chunk || size_ == 0) chunks_[first_ / in_chunk].reset();
    first_ = next;
    if (table_.size() > smallest_table && 16 * size_ < table_.size()) resize_table(table_.size() / 4);
}

// Those behind it that could not have their own slot move up, or they would no longer be found.
void SeenRing::erase(std::size_t slot) {
    const auto mask = table_.size() - 1;
    for (auto at = (slot + 1) & mask; table_[at] != none; at = (at + 1) & mask) {
        const auto from_home = (at - home(message(table_[at]))) & mask;
        if (from_home < ((at - slot) & mask)) continue;
        table_[slot] = table_[at];
        slot = at;
    }
    table_[slot] = none;
}

void SeenRing::resize_table(std::size_t slots) {
    table_ = {};  // before the other one is made
    table_.assign(slots, none);
    for (std::size_t i = 0; i < size_; ++i) {
        const auto place = static_cast<Place>((first_ + i) % (chunks_.size() * in_chunk));
        table_[find(message(place))] = place;
    }
}

}  // namespace pintle::ingress
