#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <CLI/App.hpp>

namespace pintle::cli {

struct DurationRange {
    std::chrono::milliseconds least{0};
    std::chrono::milliseconds most{std::chrono::hours(24 * 365)};
};

// Adds an option whose value is a duration as in the configuration (30s, 5m, 1d), or a number of seconds. `set` gets
// it.
CLI::Option* add_duration_option(CLI::App& command, const std::string& name,
                                 std::function<void(std::chrono::milliseconds)> set, const std::string& description,
                                 DurationRange range = {});

}  // namespace pintle::cli
