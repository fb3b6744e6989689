#pragma once

#include <string>
#include <utility>

#include "scheduler.hpp"

namespace pintle::delivery {

// Time in tests begins at `start` and passes only if a test says so.
inline constexpr TimePoint start{std::chrono::hours{1000}};

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline customerio::DeliveryResult result(customerio::Disposition disposition, std::string message = {}) {
    customerio::DeliveryResult result;
    result.disposition = disposition;
    result.message = std::move(message);
    return result;
}

inline const customerio::DeliveryResult delivered = result(customerio::Disposition::delivered);
inline const customerio::DeliveryResult unavailable = result(customerio::Disposition::retry, "503 Service Unavailable");
inline const customerio::DeliveryResult unauthorized =
    result(customerio::Disposition::unauthorized, "401 Unauthorized");

}  // namespace pintle::delivery
