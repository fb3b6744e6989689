#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::admin {

// Host and port of a Host header or a URL: `host`, `host:port`, `[IPv6]:port`.
struct Authority {
    std::string host;  // lower case, without brackets and trailing dot
    std::optional<std::uint16_t> port;
    bool is_address = false;  // an IP address

    // An IP address, localhost or a name below localhost: no DNS server can point it elsewhere.
    bool is_unspoofable() const;

    bool operator==(const Authority&) const = default;
};

// Nothing for any other text: with a user name, a path, a port that is not a number, a second colon.
std::optional<Authority> parse_authority(std::string_view text);

// An Origin header of http or https; its port is always set. Nothing for `null` and for any other text.
std::optional<Authority> parse_origin(std::string_view text);

}  // namespace pintle::admin
