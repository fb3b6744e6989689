#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/ownership.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal::kafka {

// What a process writes to the control topic every second.
struct NodeAnnouncement {
    NodeId node = 0;
    std::string name;
    Announcement announcement;
    WallTime started;
    std::vector<std::string> owned;  // names of streams
};

std::string encode(const NodeAnnouncement& announcement);

// Returns nothing if the bytes are damaged. What a later version appends is ignored.
std::optional<NodeAnnouncement> decode_announcement(std::string_view bytes);

// The processes that have announced themselves lately. Not thread-safe.
class NodeDirectory {
public:
    static constexpr std::chrono::seconds lifetime{5};

    // `now` is when the announcement was read; announcements come in order. The first one of a process hides those that
    // began before it under the same name, as it was started in their place; the next one of such a process shows it
    // again.
    void read(NodeAnnouncement announcement, WallTime now);
    // Forgets those that were not read for `lifetime`.
    void expire(WallTime now);

    std::string name_of(NodeId node) const;             // its number if it is not known
    std::vector<ClusterNode> nodes(NodeId self) const;  // by name

private:
    struct Seen {
        NodeAnnouncement announcement;
        WallTime last;
        bool is_replaced = false;
    };
    std::map<NodeId, Seen> nodes_;
};

}  // namespace pintle::journal::kafka
