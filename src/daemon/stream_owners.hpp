#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pintle/admin/status.hpp"
#include "pintle/config/config.hpp"
#include "pintle/journal/journal.hpp"

// Which stream of the journal belongs to which destination. A stream belongs to the destination of its name.
namespace pintle::daemon {

struct StreamContent {
    std::string name;
    std::uint64_t events = 0;  // pending
    std::uint64_t bytes = 0;   // of them
    std::uint64_t dead_letters = 0;
    bool in_use = false;  // by a running destination, which may get events at any moment

    bool empty() const { return events + dead_letters == 0 && !in_use; }
};

std::string counted(std::uint64_t count, const std::string& what);  // 1 dead letter, 12 dead letters

std::vector<StreamContent> stream_contents(const journal::Journal& journal);

// The streams that hold something and belong to none of the destinations. Without `oldest_age`, which only a read of
// the disk tells.
std::vector<admin::OrphanedStream> orphaned_streams(const std::vector<StreamContent>& streams,
                                                    const std::vector<config::Destination>& destinations);

// Streams that get the name of a destination that names them in `formerly`.
struct TakeoverPlan {
    struct Takeover {
        std::string from;
        std::string to;
        bool replaces = false;  // there is a stream of that name already; it is empty

        bool operator==(const Takeover&) const = default;
    };
    std::vector<Takeover> takeovers;
    std::vector<std::string> problems;  // why others are not taken over, and what to do
};

// What another configuration of a running daemon does to the streams.
struct StreamReloadPlan {
    TakeoverPlan of_new;               // of destinations that are new; its problems prevent the reload
    std::vector<std::string> waiting;  // running destinations that can take a stream over at the next start
};

// A destination takes over the earlier name that holds something, unless its own stream does; without a stream of its
// own it takes over an empty one too, for what else is known of it. `destinations` must be valid. Pure.
TakeoverPlan plan_takeovers(const std::vector<StreamContent>& streams,
                            const std::vector<config::Destination>& destinations);

// A destination that runs keeps its stream, which the events of its senders are written to. Pure.
StreamReloadPlan plan_stream_reload(std::vector<StreamContent> streams, const std::vector<config::Destination>& running,
                                    const std::vector<config::Destination>& next);

}  // namespace pintle::daemon
