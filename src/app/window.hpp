#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "pintle/journal/journal.hpp"

namespace pintle::app {

// The bytes of the records in the scheduler's window. What waits long is parked: it is forgotten here, to be read again
// when its turn comes. Bounded. Not thread-safe.
class Window {
public:
    static constexpr std::size_t default_max_bytes = 32 << 20;

    explicit Window(std::size_t max_bytes = default_max_bytes) : max_bytes_(max_bytes) {}

    bool full() const noexcept { return bytes_ >= max_bytes_; }

    void put(journal::Position position, std::string bytes) {
        bytes_ += bytes.size();
        records_[position] = std::move(bytes);
    }

    // The record's bytes, moved out; empty where it is parked.
    std::string take(journal::Position position) {
        const auto found = records_.find(position);
        if (found == records_.end()) return {};
        std::string bytes = std::move(found->second);
        bytes_ -= bytes.size();
        records_.erase(found);
        return bytes;
    }

    // Parks all for which `parks(position, bytes)` is true.
    template <class Predicate>
    void park(Predicate parks) {
        std::erase_if(records_, [&](const auto& record) {
            if (!parks(record.first, record.second)) return false;
            bytes_ -= record.second.size();
            return true;
        });
    }

private:
    std::size_t max_bytes_;
    std::unordered_map<journal::Position, std::string> records_;
    std::size_t bytes_ = 0;
};

}  // namespace pintle::app
