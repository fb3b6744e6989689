#include "schedule/breaker.hpp"

#include <bit>

namespace pintle::schedule {
namespace {

constexpr int attempts = 20;
constexpr std::uint32_t all = (1U << attempts) - 1;

}  // namespace

void Breaker::succeeded() {
    latest_ = (latest_ << 1) & all;
}

void Breaker::failed(TimePoint now, double chance, std::optional<Duration> asked) {
    if (open()) return;
    latest_ = ((latest_ << 1) | 1) & all;
    if (std::popcount(latest_) > attempts / 2) probe_failed(now, chance, asked);
}

void Breaker::probe_failed(TimePoint now, double chance, std::optional<Duration> asked) {
    ++failures_;
    probe_at_ = now + backoff_.wait(failures_, chance, asked);
}

void Breaker::close() {
    latest_ = 0;
    failures_ = 0;
}

}  // namespace pintle::schedule
