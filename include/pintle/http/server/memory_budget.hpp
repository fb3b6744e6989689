#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace pintle::http {

// Counts the bytes of memory that many users share; it does not allocate. Thread-safe without a lock. It must outlive
// its leases and the budgets that are parts of it.
class MemoryBudget {
public:
    // `whole`: a larger budget from which all that is taken here is taken as well; null: none.
    explicit MemoryBudget(std::size_t limit, MemoryBudget* whole = nullptr) noexcept : limit_(limit), whole_(whole) {}

    // Takes `bytes`, or returns false and takes nothing if that would exceed a limit.
    bool try_take(std::size_t bytes) noexcept {
        std::size_t held = held_.load(std::memory_order_relaxed);
        while (held + bytes <= limit_) {
            if (!held_.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed)) continue;
            if (whole_ == nullptr || whole_->try_take(bytes)) return true;
            held_.fetch_sub(bytes, std::memory_order_relaxed);
            return false;
        }
        return false;
    }

    // Counts memory that is already in use, even over the limit.
    void take(std::size_t bytes) noexcept {
        held_.fetch_add(bytes, std::memory_order_relaxed);
        if (whole_ != nullptr) whole_->take(bytes);
    }

    void give_back(std::size_t bytes) noexcept {
        held_.fetch_sub(bytes, std::memory_order_relaxed);
        if (whole_ != nullptr) whole_->give_back(bytes);
    }

    // Whether `bytes` more would exceed a limit by more than `allowance`.
    bool is_exceeded(std::size_t bytes = 0, std::size_t allowance = 0) const noexcept {
        return held() + bytes > limit_ + allowance || (whole_ != nullptr && whole_->is_exceeded(bytes, allowance));
    }

    std::size_t held() const noexcept { return held_.load(std::memory_order_relaxed); }
    std::size_t limit() const noexcept { return limit_; }

private:
    const std::size_t limit_;
    MemoryBudget* const whole_;
    std::atomic<std::size_t> held_{0};
};

// A part taken of a budget, given back by the destructor. Not thread-safe, but may move between threads.
class MemoryLease {
public:
    explicit MemoryLease(MemoryBudget& budget) noexcept : budget_(&budget) {}
    MemoryLease(MemoryLease&& other) noexcept : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
    MemoryLease& operator=(MemoryLease&&) = delete;
    ~MemoryLease() {
        if (bytes_ > 0) budget_->give_back(bytes_);
    }

    // Changes the size to `bytes`. Returns false and changes nothing if the budget has not enough. Shrinking succeeds.
    bool resize(std::size_t bytes) noexcept {
        if (bytes > bytes_) {
            if (!budget_->try_take(bytes - bytes_)) return false;
        } else if (bytes < bytes_) {
            budget_->give_back(bytes_ - bytes);
        }
        bytes_ = bytes;
        return true;
    }

    // The same, even over the limit: for memory that is already in use.
    void set(std::size_t bytes) noexcept {
        if (bytes > bytes_) budget_->take(bytes - bytes_);
        if (bytes < bytes_) budget_->give_back(bytes_ - bytes);
        bytes_ = bytes;
    }

    // Moves to another budget, even over its limit.
    void move_to(MemoryBudget& budget) noexcept {
        if (bytes_ > 0) {
            budget.take(bytes_);
            budget_->give_back(bytes_);
        }
        budget_ = &budget;
    }

    std::size_t bytes() const noexcept { return bytes_; }

private:
    MemoryBudget* budget_;
    std::size_t bytes_ = 0;
};

}  // namespace pintle::http
