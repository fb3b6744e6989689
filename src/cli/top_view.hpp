#pragma once

#include <optional>
#include <string>
#include <vector>

#include "full_status.hpp"

// What `pintle top` shows: what happened between two looks at a daemon. Pure.
namespace pintle::cli {

// Nothing where it cannot be known: before the second look, and where the daemon was started anew between them.
using Figure = std::optional<double>;

struct DestinationView {
    DestinationStatus look;
    Figure in;  // events a second, as all that follows
    Figure out;
    Figure retries;
    Figure dead_lettered;
    Figure p50;  // of the duration of a request, in seconds
    Figure p99;
};

struct TopView {
    FullStatus look;
    Figure received;
    Figure rejected;
    Figure dropped;
    Figure commit_p99;  // seconds
    Figure cpu;         // 1: one core
    std::vector<DestinationView> destinations;
};

TopView compare(const std::optional<FullStatus>& before, const FullStatus& now);

std::string top_json(const TopView& view);  // in one line

// At most `columns` wide: what matters least is left out first.
std::vector<std::string> top_lines(const TopView& view, const std::string& address, std::size_t columns);

}  // namespace pintle::cli
