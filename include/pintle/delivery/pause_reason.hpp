#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pintle::delivery {

// Why nothing is sent to a destination.
enum class PauseReason : std::uint8_t {
    by_operator,     // an operator paused it
    credentials,     // it rejects our credentials
    region_unknown,  // the region of its account could not be looked up
};

inline constexpr std::array pause_reasons{PauseReason::by_operator, PauseReason::credentials,
                                          PauseReason::region_unknown};

// What programs read: the API, metrics, logs and the journal's metadata.
constexpr std::string_view code_of(PauseReason reason) noexcept {
    switch (reason) {
        case PauseReason::by_operator: return "operator";
        case PauseReason::credentials: return "credentials";
        case PauseReason::region_unknown: return "region_unknown";
    }
    return {};
}

// Nothing where no reason has this code.
constexpr std::optional<PauseReason> pause_reason_of(std::string_view code) noexcept {
    for (const auto reason : pause_reasons)
        if (code_of(reason) == code) return reason;
    return std::nullopt;
}

}  // namespace pintle::delivery
