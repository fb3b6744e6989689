#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

#include "pintle/sandbox/sandbox.hpp"

namespace pintle::sandbox {

enum class InjectedFault : std::uint8_t { none, reset, reset_after, throttled, failed };

// Decides which requests fail. Times must rise; random numbers come from the seed. Pure. Not thread-safe.
class FaultPlan {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    FaultPlan(Faults faults, std::uint64_t seed) : faults_(std::move(faults)), random_(seed) {}

    InjectedFault draw(TimePoint now);
    bool draw_item() { return chance(faults_.item_fail_rate); }  // true: the next item of a batch is rejected

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

// Sets the members that the JSON object `change` has, in the form of `to_json`. Returns an error for people, with
// `faults` unchanged, or an empty string.
std::string update(Faults& faults, const nlohmann::json& change);

}  // namespace pintle::sandbox
