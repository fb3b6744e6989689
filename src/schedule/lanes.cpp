#include "pintle/schedule/lanes.hpp"

#include <algorithm>
#include <limits>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

namespace pintle::schedule {
namespace {

constexpr std::size_t max_persons = 8;  // of one id, until it no longer counts as anybody's

using Slot = std::uint32_t;  // index of a node; freed ones are used again
constexpr Slot none = std::numeric_limits<Slot>::max();

using Ids = std::array<std::uint64_t, 3>;

// A record in the window. Its ids stand in the order person, anonymous, previous; 0 is none.
struct Node {
    Position position = 0;
    Ids ids{};
    std::array<Slot, 3> next{none, none, none};  // who comes behind it in the lane of each id
    std::array<bool, 3> linked{};                // whether it stands in that lane
    std::uint8_t predecessors = 0;               // unsettled ones, counted by lane
};

struct PersonUse {
    std::uint64_t person = 0;
    std::uint32_t records = 0;
};

// All that the window knows of one id.
struct Lane {
    Slot head = none;  // the oldest record that stands in it
    Slot tail = none;
    std::uint32_t records = 0;  // that name the id, whether or not they stand in the lane
    bool shared = false;        // by too many persons; until no record names it any more
    boost::container::small_vector<PersonUse, 1> persons;  // of those that name it; empty when shared

    auto use_of(std::uint64_t person) {
        return std::find_if(persons.begin(), persons.end(), [&](const PersonUse& use) { return use.person == person; });
    }

    // True if this one was one too many.
    bool add(std::uint64_t person) {
        if (shared) return false;
        if (const auto use = use_of(person); use != persons.end()) {
            ++use->records;
            return false;
        }
        persons.push_back({person, 1});
        if (persons.size() <= max_persons) return false;
        persons = {};
        return shared = true;
    }

    void remove(std::uint64_t person) {
        if (shared) return;
        const auto use = use_of(person);
        if (--use->records == 0) persons.erase(use);
    }
};

Ids distinct(const mapping::Keys& keys) {
    Ids ids{keys.person, keys.anonymous, keys.previous};
    if (ids[1] == ids[0]) ids[1] = 0;
    if (ids[2] == ids[0] || ids[2] == ids[1]) ids[2] = 0;
    return ids;
}

std::size_t index_of(const Node& node, std::uint64_t id) {
    return static_cast<std::size_t>(std::find(node.ids.begin(), node.ids.end(), id) - node.ids.begin());
}

}  // namespace

struct Lanes::State {
    std::vector<Node> nodes;
    std::vector<Slot> free;
    boost::unordered_flat_map<Position, Slot> slots;
    boost::unordered_flat_map<std::uint64_t, Lane> lanes;
    std::uint64_t shared_ids = 0;

    Slot take_slot() {
        if (free.empty()) {
            nodes.emplace_back();
            return static_cast<Slot>(nodes.size() - 1);
        }
        const Slot slot = free.back();
        free.pop_back();
        nodes[slot] = Node{};
        return slot;
    }

    // The node's `index`th id is named by one record more, which stands in the id's lane if the id is a key to it.
    void enter(Slot slot, std::size_t index) {
        Node& node = nodes[slot];
        const bool of_person = index != 0 && node.ids[0] != 0;
        Lane& lane = lanes[node.ids[index]];
        ++lane.records;
        if (of_person && lane.add(node.ids[0])) ++shared_ids;
        if (of_person && lane.shared) return;
        node.linked[index] = true;
        if (lane.tail == none) {
            lane.head = slot;
        } else {
            Node& tail = nodes[lane.tail];
            tail.next[index_of(tail, node.ids[index])] = slot;
            ++node.predecessors;
        }
        lane.tail = slot;
    }

    void leave(const Node& node, std::size_t index, std::vector<Position>& ready) {
        const auto found = lanes.find(node.ids[index]);
        Lane& lane = found->second;
        if (node.linked[index]) {
            lane.head = node.next[index];
            if (lane.head == none) lane.tail = none;
            if (lane.head != none && --nodes[lane.head].predecessors == 0) ready.push_back(nodes[lane.head].position);
        }
        if (index != 0 && node.ids[0] != 0) lane.remove(node.ids[0]);
        if (--lane.records == 0) lanes.erase(found);
    }
};

Lanes::Lanes() : state_(std::make_unique<State>()) {}
Lanes::~Lanes() = default;

bool Lanes::admit(const Entry& entry) {
    State& s = *state_;
    const Slot slot = s.take_slot();
    s.slots.emplace(entry.position, slot);
    s.nodes[slot].position = entry.position;
    s.nodes[slot].ids = distinct(entry.keys);
    for (std::size_t index = 0; index < 3; ++index) {
        if (s.nodes[slot].ids[index] != 0) s.enter(slot, index);
    }
    return s.nodes[slot].predecessors == 0;
}

void Lanes::settle(Position position, std::vector<Position>& ready) {
    State& s = *state_;
    const auto found = s.slots.find(position);
    if (found == s.slots.end()) return;
    const Slot slot = found->second;
    s.slots.erase(found);
    const auto before = static_cast<std::ptrdiff_t>(ready.size());
    for (std::size_t index = 0; index < 3; ++index) {
        if (s.nodes[slot].ids[index] != 0) s.leave(s.nodes[slot], index, ready);
    }
    std::sort(ready.begin() + before, ready.end());
    s.free.push_back(slot);
}

std::array<Position, 3> Lanes::heads(Position position) const {
    std::array<Position, 3> heads{};
    const auto found = state_->slots.find(position);
    if (found == state_->slots.end()) return heads;
    const Node& node = state_->nodes[found->second];
    for (std::size_t index = 0; index < 3; ++index) {
        if (!node.linked[index]) continue;
        const Slot head = state_->lanes.find(node.ids[index])->second.head;
        if (head != found->second) heads[index] = state_->nodes[head].position;
    }
    return heads;
}

std::size_t Lanes::size() const noexcept { return state_->slots.size(); }
std::uint64_t Lanes::shared_ids() const noexcept { return state_->shared_ids; }

}  // namespace pintle::schedule
