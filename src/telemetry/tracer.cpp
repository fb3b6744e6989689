#include "pintle/telemetry/tracer.hpp"

#include <array>
#include <cmath>
#include <cstring>

namespace pintle::telemetry {

Tracer::Tracer(double ratio, std::uint64_t seed, Clock clock)
    : ratio_(ratio), clock_(std::move(clock)), random_(seed) {}

bool Tracer::samples(const MessageHash& message, const std::optional<TraceParent>& parent) const noexcept {
    if (parent) return parent->sampled;
    std::uint64_t hash = 0;  // of a SHA-256, so it is evenly distributed
    std::memcpy(&hash, message.data(), sizeof hash);
    return std::ldexp(static_cast<double>(hash >> 11U), -53) < ratio_;  // in [0, 1), exactly
}

// Not zero, which is no valid id.
template <class Id>
Id Tracer::random_id() {
    const MutexLock lock(mutex_);
    Id id{};
    for (std::size_t i = 0; i < id.size(); i += sizeof(std::uint64_t)) {
        const std::uint64_t bits = random_() | 1U;
        std::memcpy(id.data() + i, &bits, sizeof bits);
    }
    return id;
}

TraceId Tracer::new_trace() {
    return random_id<TraceId>();
}

SpanId Tracer::new_span() {
    return random_id<SpanId>();
}

void Tracer::remember(const EventKey& event, const Context& context) {
    const MutexLock lock(mutex_);
    const auto [at, is_new] = contexts_.try_emplace(event);
    at->second.context = context;
    if (!is_new) return;
    at->second.place = order_.insert(order_.end(), event);
    if (order_.size() > max_contexts) {
        contexts_.erase(order_.front());
        order_.pop_front();
    }
    count_ = order_.size();
}

std::optional<Tracer::Context> Tracer::find(const EventKey& event) const {
    if (count_.load(std::memory_order_relaxed) == 0) return std::nullopt;
    const MutexLock lock(mutex_);
    const auto found = contexts_.find(event);
    if (found == contexts_.end()) return std::nullopt;
    return found->second.context;
}

void Tracer::forget(const EventKey& event) {
    if (count_.load(std::memory_order_relaxed) == 0) return;
    const MutexLock lock(mutex_);
    const auto found = contexts_.find(event);
    if (found == contexts_.end()) return;
    order_.erase(found->second.place);
    contexts_.erase(found);
    count_ = order_.size();
}

void Tracer::record(Span span) {
    const MutexLock lock(mutex_);
    if (spans_.size() == max_spans) return dropped_.add();
    spans_.push_back(std::move(span));
}

std::vector<Span> Tracer::take() {
    const MutexLock lock(mutex_);
    return std::exchange(spans_, {});
}

}  // namespace pintle::telemetry
