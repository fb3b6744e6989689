#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pintle::admin {

// Slows who guesses a token: after some failures an address has to wait, with each further one twice as long. Until
// then no token of it is looked at. Pure; not thread-safe.
class GuessLimit {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr std::uint32_t free_failures = 5;
    static constexpr std::chrono::seconds first_wait{1};
    static constexpr std::chrono::seconds longest_wait{60};
    static constexpr std::chrono::minutes memory{10};    // without a failure an address is forgotten after it
    static constexpr std::size_t max_addresses = 1'024;  // further ones push out the one that failed longest ago

    // How long it still has to wait; zero: its token may be looked at.
    std::chrono::seconds wait(std::string_view address, Time now) const;

    void failed(std::string_view address, Time now);
    void clear() { entries_.clear(); }

private:
    struct Entry {
        std::uint32_t failures = 0;
        Time last;
        Time until;
    };

    // An IPv6 network of /64 is one: who has an address has all of them.
    static std::string key_of(std::string_view address);
    void make_room(Time now);

    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace pintle::admin
