#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace pintle::count {

// A count that rises. Any thread may add and read; what it reads is exact once those who add have stopped.
class Counter {
public:
    void add(std::uint64_t by = 1) noexcept {
        if (by > 0) value_.fetch_add(by, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// What was counted by each of some fixed names, in their order. Names that were never counted have their place.
using Tallied = std::vector<std::pair<std::string_view, std::uint64_t>>;

// Counts by a closed set of texts, so that nothing that comes from outside can add to it: a text that is not in it
// counts as `other`, which stands last. A search, so for what is rare.
class Tally {
public:
    static constexpr std::string_view other = "other";

    // The texts must outlive it.
    explicit Tally(std::span<const std::string_view> texts)
        : texts_(texts), counters_(std::make_unique<Counter[]>(texts.size() + 1)) {}

    void add(std::string_view text, std::uint64_t by = 1) noexcept {
        std::size_t place = 0;
        while (place < texts_.size() && texts_[place] != text) ++place;
        counters_[place].add(by);
    }

    Tallied counts() const {
        Tallied all;
        for (std::size_t i = 0; i < texts_.size(); ++i) all.emplace_back(texts_[i], counters_[i].value());
        all.emplace_back(other, counters_[texts_.size()].value());
        return all;
    }

private:
    std::span<const std::string_view> texts_;
    std::unique_ptr<Counter[]> counters_;
};

}  // namespace pintle::count
