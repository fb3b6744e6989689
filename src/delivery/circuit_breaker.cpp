#include "circuit_breaker.hpp"

namespace pintle::delivery {
namespace {

constexpr int many = 20;
constexpr int several = 3;           // if little is sent
constexpr int several_for = 3;       // intervals
constexpr double least_share = 0.8;  // of an interval, between two probes
constexpr double spread = 0.4;       // likewise

}  // namespace

bool CircuitBreaker::failed(bool counts, TimePoint now, std::optional<Duration> asked) {
    const bool was_open = open_;
    if (counts && requests_ < many) {
        if (requests_++ == 0) since_ = now;
    }
    if (!open_ && (requests_ >= many || (requests_ >= several && now - since_ >= several_for * interval_))) {
        open_ = true;
        probe_at_ = now;
    }
    if (open_ && asked) probe_at_ = std::max(probe_at_, now + std::min(*asked, Backoff::longest_asked));
    return open_ && !was_open;
}

void CircuitBreaker::probed(TimePoint now, double jitter) {
    const std::chrono::duration<double, std::milli> wait = interval_ * (least_share + spread * jitter);
    probe_at_ = now + std::chrono::duration_cast<TimePoint::duration>(wait);
}

}  // namespace pintle::delivery
