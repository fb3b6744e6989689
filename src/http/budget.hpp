#pragma once

#include <cstddef>

#include "pintle/http/memory_budget.hpp"

namespace pintle::http {

// What one connection holds in memory of a budget that all share. Little of it is free, so that small requests go on
// being served while others have used the budget up: what they hold together is bounded by the number of connections.
class Share {
public:
    static constexpr std::size_t free = 64UL * 1024;

    explicit Share(MemoryBudget& budget) : lease_(budget) {}

    // It holds that many bytes now. False where it may not, as all together hold the whole budget.
    bool hold(std::size_t bytes) { return lease_.resize(bytes <= free ? 0 : bytes); }

private:
    MemoryLease lease_;
};

}  // namespace pintle::http
