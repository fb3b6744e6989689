#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pintle::telemetry {

// What OTLP exports.
enum class Signal : std::uint8_t { metrics, traces };
inline constexpr std::array<std::string_view, 2> signal_names{"metrics", "traces"};

constexpr std::string_view name_of(Signal signal) {
    return signal_names.at(static_cast<std::size_t>(signal));
}

}  // namespace pintle::telemetry
