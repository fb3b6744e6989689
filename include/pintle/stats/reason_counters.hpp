#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "pintle/base/reason.hpp"
#include "pintle/stats/counter.hpp"

namespace pintle::stats {

using ReasonSet = std::bitset<reason_count>;

// Adds a reason to the set or removes it.
inline void put(ReasonSet& set, Reason reason, bool is_in = true) {
    set.set(static_cast<std::size_t>(reason), is_in);
}

template <class Reasons>
ReasonSet set_of(const Reasons& reasons) {
    ReasonSet set;
    for (const Reason reason : reasons) put(set, reason);
    return set;
}

using ReasonCounts = std::vector<std::pair<Reason, std::uint64_t>>;

inline std::uint64_t sum(const ReasonCounts& counts) {
    std::uint64_t total = 0;
    for (const auto& count : counts) total += count.second;
    return total;
}

// A counter for each reason. Thread-safe.
class ReasonCounters {
public:
    void add(Reason reason, std::uint64_t by = 1) noexcept { counters_[static_cast<std::size_t>(reason)].add(by); }

    // The counts of all `possible` reasons, also 0, and of all others that are not 0; in the order of the enumerators.
    ReasonCounts counts(const ReasonSet& possible = {}) const {
        ReasonCounts all;
        for (std::size_t i = 0; i < reason_count; ++i) {
            const auto count = counters_[i].value();
            if (count > 0 || possible.test(i)) all.emplace_back(static_cast<Reason>(i), count);
        }
        return all;
    }

private:
    std::array<Counter, reason_count> counters_;
};

}  // namespace pintle::stats
