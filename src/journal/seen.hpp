#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "journal/store.hpp"

namespace pintle::journal {

void read_seen_since(const Store& store, WallTime since,
                     const std::function<void(const MessageHash&, WallTime)>& visit);

// When remembered message ids are forgotten: once they are older than the window, or once so many newer ones were
// remembered that nobody holds them in memory any more.
class SeenExpiry {
public:
    explicit SeenExpiry(std::chrono::milliseconds window) : window_(window) {}

    bool remembers() const { return window_.count() > 0; }

    // `added` ids were remembered by `now`. The time before which all are to be deleted, where that is due.
    std::optional<WallTime> due(std::size_t added, WallTime now);

private:
    std::chrono::milliseconds window_;
    WallTime next_;  // when the window is looked at again
    WallTime half_;  // when the present count began; 0: never
    std::size_t count_ = 0;
};

}  // namespace pintle::journal
