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
    std::vector<std::string> owned;  // names of streams, for earlier versions; later ones take them from the ledgers
};

std::string encode(const NodeAnnouncement& announcement);

// Returns nothing if the bytes are damaged. What a later version appends is ignored.
std::optional<NodeAnnouncement> decode_announcement(std::string_view bytes);

// The processes that have announced themselves lately. Not thread-safe.
class NodeDirectory {
public:
    static constexpr std::chrono::seconds lifetime{5};

    enum class Change {
        none,
        joined,
        same_name
    };  // `same_name`: another process of that name announces itself as well

    // `now` is when the announcement was read; announcements come in order. The first one of a process hides those that
    // began before it under the same name, as it was started in their place; the next one of such a process shows it
    // again.
    Change read(NodeAnnouncement announcement, WallTime now);
    // Announcements come from Kafka now. While they do not, no process is forgotten.
    void heard(WallTime now);
    // Forgets those that were not read for `lifetime`. Returns their names.
    std::vector<std::string> expire(WallTime now);

    std::string name_of(NodeId node) const;  // its number if it is not known
    // By name. `owned`: the streams of each.
    std::vector<ClusterNode> nodes(NodeId self, const std::map<NodeId, std::vector<std::string>>& owned) const;

private:
    static constexpr std::chrono::seconds silence{3};  // without an announcement: Kafka does not answer
    static constexpr std::size_t max_names = 1'000;

    struct Seen {
        NodeAnnouncement announcement;
        WallTime last;
        bool is_replaced = false;
    };
    std::map<NodeId, Seen> nodes_;
    std::map<NodeId, std::string> names_;  // also of those that are forgotten
    WallTime heard_;                       // the last announcement
    WallTime heard_since_;                 // the first one after the last silence
};

}  // namespace pintle::journal::kafka
