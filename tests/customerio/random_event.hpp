#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/customerio/mapper.hpp"

namespace pintle::customerio {

// Writes events as nobody in their right mind would: any kind of value anywhere, names twice or escaped, spaces.
class RandomEvent {
public:
    explicit RandomEvent(std::uint64_t seed) : random_(seed) {}

    std::string event();

    // `text` with a few of its bytes changed.
    std::string mutated(std::string text);

    std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }

private:
    bool chance(std::size_t one_in) { return below(one_in) == 0; }
    std::string_view pick(const std::vector<std::string_view>& from) { return from[below(from.size())]; }

    std::string value(int depth);
    std::string object(const std::vector<std::string_view>& names, int depth);
    std::string member_value(std::string_view name, int depth);
    std::string space() { return chance(12) ? std::string(pick({" ", "\n", "\t ", "\r\n"})) : std::string(); }

    std::mt19937_64 random_;
};

// Each option has any of its values. The event that registers devices is one that the random events have.
Options random_options(RandomEvent& random);

}  // namespace pintle::customerio
