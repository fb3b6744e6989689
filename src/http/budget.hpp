#pragma once

#include <atomic>
#include <cstddef>

namespace pintle::http {

// What one connection holds in memory of a budget that all share. Little of it is free, so that small requests go on
// being served while others have used the budget up: what they hold together is bounded by the number of connections.
class Share {
public:
    static constexpr std::size_t free = 64UL * 1024;

    Share(std::atomic<std::size_t>& held, std::size_t budget) : all_(held), budget_(budget) {}
    ~Share() { hold(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // It holds that many bytes now. False where it may not, as all together hold more than the budget.
    bool hold(std::size_t bytes) {
        const std::size_t counted = bytes <= free ? 0 : bytes;
        if (counted == mine_) return counted == 0 || all_.load(std::memory_order_relaxed) <= budget_;
        const auto total = all_.fetch_add(counted - mine_, std::memory_order_relaxed) + counted - mine_;
        mine_ = counted;
        return counted == 0 || total <= budget_;
    }

private:
    std::atomic<std::size_t>& all_;
    const std::size_t budget_;
    std::size_t mine_ = 0;
};

}  // namespace pintle::http
