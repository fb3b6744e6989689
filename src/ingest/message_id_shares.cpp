#include "message_id_shares.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"

#include <algorithm>

namespace pintle::ingest {
namespace {

constexpr std::size_t steps = 8192;  // of the limit

}  // namespace

MessageIdShares::MessageIdShares(std::size_t limit)
    : limit_(std::max<std::size_t>(limit, 1)), step_(std::max<std::size_t>(limit / steps, 1)) {}

MessageIdShares::Source MessageIdShares::source(std::string_view name) {
    const auto found = std::ranges::find(sources_, name, &Named::name);
    if (found == sources_.end()) {
        sources_.push_back({std::string(name), std::make_unique<MessageIdRing>(limit_)});
        return sources_.size() - 1;
    }
    return static_cast<Source>(found - sources_.begin());
}

// Updates the total size by what `make` changes in the ring.
template <class Change>
bool MessageIdShares::change(MessageIdRing& ring, Change make) {
    const auto before = ring.size();
    const bool outcome = make();
    size_ += ring.size() - before;
    return outcome;
}

bool MessageIdShares::contains(Source source, const MessageHash& message) const noexcept {
    return sources_[source].ring->contains(message);
}

bool MessageIdShares::remember(Source source, const MessageHash& message, WallTime time) {
    auto& ring = *sources_[source].ring;
    if (size_ >= limit_) {
        if (ring.contains(message)) return false;
        make_room();
    }
    return change(ring, [&] { return ring.remember(message, time); });
}

void MessageIdShares::forget_before(Source source, WallTime time) {
    for (const auto each : {source, turn_}) {
        auto& ring = *sources_[each].ring;
        change(ring, [&] {
            ring.forget_before(time);
            return true;
        });
    }
    turn_ = turn_ + 1 == sources_.size() ? 0 : turn_ + 1;
}

void MessageIdShares::make_room() {
    auto& largest = *std::ranges::max_element(sources_, {}, [](const Named& each) { return each.ring->size(); })->ring;
    change(largest, [&] {
        largest.forget_oldest(step_);
        return true;
    });
}

}  // namespace pintle::ingest
