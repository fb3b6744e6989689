#pragma once

#include <string_view>

namespace pintle::customerio {

// The hosts of Customer.io's Track API, one per region (https://customer.io/docs/api/track).
inline constexpr std::string_view us_host = "track.customer.io";
inline constexpr std::string_view eu_host = "track-eu.customer.io";

// Other hosts of customer.io serve other things, including pages written by customers.
constexpr bool is_track_host(std::string_view host) {
    return host == us_host || host == eu_host;
}

}  // namespace pintle::customerio
