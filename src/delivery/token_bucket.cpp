#include "token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace pintle::delivery {
namespace {

constexpr double burst_seconds = 0.05;
constexpr double recovery_per_second = 0.05;
constexpr double least_share = 0.01;
constexpr auto throttle_interval = std::chrono::seconds{1};
constexpr double rounding = 1e-6;

double burst(double rate) {
    return std::max(1.0, rate * burst_seconds);
}

}  // namespace

TokenBucket::TokenBucket(double rate) : configured_(rate), rate_(rate), tokens_(burst(rate)) {}

TimePoint TokenBucket::ready_at(TimePoint now) {
    refill(now);
    if (tokens_ >= 1 - rounding) return now;
    const std::chrono::duration<double, std::nano> missing{std::ceil((1 - tokens_) / rate_ * 1e9)};
    return now + std::chrono::duration_cast<TimePoint::duration>(missing);
}

void TokenBucket::throttle(TimePoint now) {
    refill(now);
    if (throttled_ != TimePoint{} && now - throttled_ < throttle_interval) return;
    throttled_ = now;
    rate_ = std::max(rate_ / 2, configured_ * least_share);
}

void TokenBucket::configure(double rate, TimePoint now) {
    refill(now);
    rate_ *= rate / configured_;
    configured_ = rate;
    tokens_ = std::min(burst(rate_), tokens_);
}

void TokenBucket::refill(TimePoint now) {
    const double elapsed = std::chrono::duration<double>(now - filled_).count();
    if (elapsed <= 0) return;
    filled_ = now;
    rate_ = std::min(configured_, rate_ + configured_ * recovery_per_second * elapsed);
    tokens_ = std::min(burst(rate_), tokens_ + rate_ * elapsed);
}

}  // namespace pintle::delivery
