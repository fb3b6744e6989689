#include "pintle/base/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace pintle {
namespace {

constexpr double recovery_per_second = 0.05;
constexpr double min_share = 0.01;
constexpr auto throttle_interval = std::chrono::seconds{1};
constexpr double rounding = 1e-6;

}  // namespace

TokenBucket::TokenBucket(double rate, std::chrono::duration<double> burst)
    : configured_(rate), rate_(rate), burst_(burst), tokens_(capacity()) {}

TokenBucket::TimePoint TokenBucket::ready_at(TimePoint now, double tokens) {
    refill(now);
    const double needed = std::min(tokens, capacity());
    if (tokens_ >= needed - rounding) return now;
    const std::chrono::duration<double, std::nano> missing{std::ceil((needed - tokens_) / rate_ * 1e9)};
    return now + std::chrono::duration_cast<TimePoint::duration>(missing);
}

void TokenBucket::throttle(TimePoint now) {
    refill(now);
    if (throttled_ != TimePoint{} && now - throttled_ < throttle_interval) return;
    throttled_ = now;
    rate_ = std::max(rate_ / 2, configured_ * min_share);
}

void TokenBucket::configure(double rate, TimePoint now) {
    refill(now);
    rate_ *= rate / configured_;
    configured_ = rate;
    tokens_ = std::min(capacity(), tokens_);
}

void TokenBucket::refill(TimePoint now) {
    const double elapsed = std::chrono::duration<double>(now - filled_).count();
    if (elapsed <= 0) return;
    filled_ = now;
    rate_ = std::min(configured_, rate_ + configured_ * recovery_per_second * elapsed);
    tokens_ = std::min(capacity(), tokens_ + rate_ * elapsed);
}

double TokenBucket::capacity() const noexcept {
    return std::max(1.0, rate_ * burst_.count());
}

}  // namespace pintle
