#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "pintle/journal/journal.hpp"

namespace pintle::app {

// The bytes of the records in the scheduler's window. What waits long is parked: its bytes are dropped, to be read
// again when its turn comes. Bounded in records and bytes. Not thread-safe.
class Window {
public:
    static constexpr std::size_t max_records = 100'000;
    static constexpr std::size_t max_bytes = 32 << 20;

    bool full() const noexcept { return records_.size() >= max_records || bytes_ >= max_bytes; }
    bool heavy() const noexcept { return bytes_ >= max_bytes; }

    void put(journal::Position position, std::string bytes) {
        bytes_ += bytes.size();
        records_[position] = std::move(bytes);
    }

    // The record's bytes, moved out; empty where it is parked. It stays in the window.
    std::string take(journal::Position position) {
        auto& bytes = records_[position];
        bytes_ -= bytes.size();
        std::string out = std::move(bytes);
        bytes.clear();
        return out;
    }

    void erase(journal::Position position) {
        take(position);
        records_.erase(position);
    }

    // Drops the bytes of all for which `parks(position)` is true.
    template <class Predicate>
    void park(Predicate parks) {
        for (auto& [position, bytes] : records_) {
            if (bytes.empty() || !parks(position)) continue;
            bytes_ -= bytes.size();
            std::string().swap(bytes);
        }
    }

private:
    std::unordered_map<journal::Position, std::string> records_;
    std::size_t bytes_ = 0;
};

}  // namespace pintle::app
