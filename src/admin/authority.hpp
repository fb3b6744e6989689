#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::admin {

// What a Host header or a URL names: `host`, `host:port`, `[IPv6]:port`.
struct Authority {
    std::string host;  // in lower case, without brackets and without a dot at its end
    std::optional<std::uint16_t> port;
    bool is_address = false;  // an IP address

    // An address, localhost or a name below it: nobody can have such a name point anywhere else.
    bool is_nobodys() const;

    bool operator==(const Authority&) const = default;
};

// Nothing where there is anything else: a user name, a path, a port that is not a number, a second colon.
std::optional<Authority> parse_authority(std::string_view text);

// An Origin header of http or https, its port always set. Nothing for `null` and for all that is no origin.
std::optional<Authority> parse_origin(std::string_view text);

}  // namespace pintle::admin
