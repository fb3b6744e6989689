#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "history.hpp"

namespace pintle::sandbox {

// `12:03:04.123 PUT /api/v1/customers/u 200 0.1ms {"email":...}`: always one line with a shortened body. Shows
// `response` where the call was rejected.
std::string log_line(const Call& call, std::chrono::system_clock::time_point now, std::chrono::microseconds took,
                     std::string_view response);

// ISO 8601 with milliseconds, UTC.
std::string iso_time(std::chrono::system_clock::time_point time);

}  // namespace pintle::sandbox
