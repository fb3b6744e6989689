#pragma once

#include <string>
#include <utility>

#include "pintle/schedule/scheduler.hpp"

namespace pintle::schedule {

// Time in tests begins at `start` and goes by only where it is said.
inline constexpr TimePoint start{std::chrono::hours{1000}};

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline delivery::Verdict verdict(delivery::Fate fate, std::string message = {}) {
    delivery::Verdict verdict;
    verdict.fate = fate;
    verdict.message = std::move(message);
    return verdict;
}

inline const delivery::Verdict delivered = verdict(delivery::Fate::delivered);
inline const delivery::Verdict unavailable = verdict(delivery::Fate::retry, "503 Service Unavailable");
inline const delivery::Verdict refused = verdict(delivery::Fate::held, "401 Unauthorized");

}  // namespace pintle::schedule
