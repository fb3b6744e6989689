#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pintle::admin {

// Slows down guessing of the token: after some failures an address must wait, twice as long after each further failure.
// Until then its tokens are not checked. Pure; not thread-safe.
class GuessLimit {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr std::uint32_t free_failures = 5;
    static constexpr std::chrono::seconds first_wait{1};
    static constexpr std::chrono::seconds max_wait{60};
    static constexpr std::chrono::minutes memory{10};    // an address is forgotten after this time without a failure
    static constexpr std::size_t max_addresses = 1'024;  // beyond it the address that failed longest ago is forgotten

    // The time that an address still has to wait; zero: its token is checked.
    std::chrono::seconds wait(std::string_view address, Time now) const;

    void failed(std::string_view address, Time now);
    void clear() { entries_.clear(); }

private:
    struct Entry {
        std::uint32_t failures = 0;
        Time last;
        Time until;
    };

    // All addresses of an IPv6 /64 network are one, as they belong to one user.
    static std::string key_of(std::string_view address);
    void make_room(Time now);

    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace pintle::admin
