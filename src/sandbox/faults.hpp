#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

#include "pintle/sandbox/sandbox.hpp"

namespace pintle::sandbox {

enum class Fault : std::uint8_t { none, reset, reset_after, throttled, failed };

// Decides which requests go wrong. Time is passed in and rises; chance comes from the seed. Pure. Not thread-safe.
class FaultPlan {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    FaultPlan(Faults faults, std::uint64_t seed) : faults_(std::move(faults)), random_(seed) {}

    Fault draw(TimePoint now);
    bool draw_item() { return chance(faults_.item_fail_rate); }  // true: the next item of a batch is refused

    const Faults& faults() const noexcept { return faults_; }
    void change(Faults faults);

private:
    bool chance(double share);
    bool take_token(TimePoint now);

    Faults faults_;
    std::mt19937_64 random_;
    double tokens_ = 0;
    TimePoint filled_ = TimePoint::min();  // min: the bucket is full
};

nlohmann::json to_json(const Faults& faults);

// What `change` names, a JSON object as `to_json` makes it, replaces what `faults` holds. An error for people, with
// `faults` as they were, or empty.
std::string update(Faults& faults, const nlohmann::json& change);

}  // namespace pintle::sandbox
