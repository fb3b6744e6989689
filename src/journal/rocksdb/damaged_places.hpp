#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// Which places of the disk have turned out to be damaged: a passing error must not lose anything, so a place counts as
// damaged once it was read in vain several times, over a while. Thread-safe.
class DamagedPlaces {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit DamagedPlaces(std::chrono::milliseconds timeout) : timeout_(timeout) {}

    // It was read in vain at `now`. True if it is given up.
    bool failed(Stream stream, std::uint64_t number, Time now);

private:
    static constexpr std::uint32_t tries = 3;
    static constexpr std::size_t max_places = 1024;
    struct Place {
        Time since;
        std::uint32_t tries = 0;
    };

    const std::chrono::milliseconds timeout_;
    std::mutex mutex_;
    std::map<std::pair<Stream, std::uint64_t>, Place> places_;
};

}  // namespace pintle::journal
