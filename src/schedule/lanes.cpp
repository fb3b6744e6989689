#include "pintle/schedule/lanes.hpp"

#include <algorithm>
#include <deque>
#include <limits>

#include <boost/unordered/unordered_flat_map.hpp>

namespace pintle::schedule {
namespace {

constexpr std::size_t max_persons = 8;  // of one id, until it no longer counts as anybody's

using Slot = std::uint32_t;  // index of a node; freed ones are used again
constexpr Slot none = std::numeric_limits<Slot>::max();

using Ids = std::array<std::uint64_t, 3>;

// A record in the window. Most of a long queue wait for another one and cost no more than this. Its ids stand in the
// order person, anonymous, previous; 0 is none.
struct Node {
    Position position = 0;
    Ids ids{};
    std::array<Slot, 3> next{none, none, none};  // who comes behind it in the lane of each id
    std::array<bool, 3> linked{};                // whether it stands in that lane
    std::uint8_t predecessors = 0;               // unsettled ones, counted by lane
};

// The persons whose records in the window name an id. Most ids have one, which needs no memory of its own.
class Persons {
public:
    void add(std::uint64_t person) {
        Use* use = find(person);
        if (use == nullptr) use = first_.records == 0 ? &first_ : &others().emplace_back();
        use->person = person;
        ++use->records;
    }

    void remove(std::uint64_t person) {
        Use* use = find(person);
        if (--use->records == 0 && use != &first_) std::erase_if(*others_, [](const Use& u) { return u.records == 0; });
    }

    std::size_t count() const { return (first_.records == 0 ? 0U : 1U) + (others_ ? others_->size() : 0U); }

private:
    struct Use {
        std::uint64_t person = 0;
        std::uint32_t records = 0;
    };

    Use* find(std::uint64_t person) {
        if (first_.records != 0 && first_.person == person) return &first_;
        if (!others_) return nullptr;
        const auto use =
            std::find_if(others_->begin(), others_->end(), [&](const Use& u) { return u.person == person; });
        return use == others_->end() ? nullptr : &*use;
    }

    std::vector<Use>& others() {
        if (!others_) others_ = std::make_unique<std::vector<Use>>();
        return *others_;
    }

    Use first_;
    std::unique_ptr<std::vector<Use>> others_;
};

// All that the window knows of one id.
struct Lane {
    Slot head = none;  // the oldest record that stands in it
    Slot tail = none;
    std::uint32_t records = 0;  // that name the id, whether or not they stand in the lane
    bool shared = false;        // by too many persons; until no record names it any more
    Persons persons;            // none when shared
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
    std::deque<Node> nodes;  // which grows without moving them
    std::vector<Slot> free;
    boost::unordered_flat_map<Position, Slot> slots;  // of those that wait for nothing or were named by `behind`
    boost::unordered_flat_map<std::uint64_t, Lane> lanes;
    std::size_t records = 0;
    std::uint64_t shared_ids = 0;

    // Its position may be named to the caller from now on.
    void hand_out(Slot slot) { slots.emplace(nodes[slot].position, slot); }

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

    // Whether the lane is one that too many share, now that this person does.
    bool share(Lane& lane, std::uint64_t person) {
        if (lane.shared) return true;
        lane.persons.add(person);
        if (lane.persons.count() <= max_persons) return false;
        lane.persons = {};
        ++shared_ids;
        return lane.shared = true;
    }

    // The node's `index`th id is named by one record more, which stands in the id's lane if the id is a key to it.
    void enter(Slot slot, std::size_t index) {
        Node& node = nodes[slot];
        const bool of_person = index != 0 && node.ids[0] != 0;
        Lane& lane = lanes[node.ids[index]];
        ++lane.records;
        if (of_person && share(lane, node.ids[0])) return;
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
            if (lane.head != none && --nodes[lane.head].predecessors == 0) {
                hand_out(lane.head);
                ready.push_back(nodes[lane.head].position);
            }
        }
        if (index != 0 && node.ids[0] != 0 && !lane.shared) lane.persons.remove(node.ids[0]);
        if (--lane.records == 0) lanes.erase(found);
    }
};

Lanes::Lanes() : state_(std::make_unique<State>()) {}
Lanes::~Lanes() = default;

bool Lanes::admit(const Entry& entry) {
    State& s = *state_;
    const Slot slot = s.take_slot();
    ++s.records;
    s.nodes[slot].position = entry.position;
    s.nodes[slot].ids = distinct(entry.keys);
    for (std::size_t index = 0; index < 3; ++index) {
        if (s.nodes[slot].ids[index] != 0) s.enter(slot, index);
    }
    if (s.nodes[slot].predecessors != 0) return false;
    s.hand_out(slot);
    return true;
}

void Lanes::settle(Position position, std::vector<Position>& ready) {
    State& s = *state_;
    const auto found = s.slots.find(position);
    if (found == s.slots.end()) return;
    const Slot slot = found->second;
    s.slots.erase(found);
    --s.records;
    const auto before = static_cast<std::ptrdiff_t>(ready.size());
    for (std::size_t index = 0; index < 3; ++index) {
        if (s.nodes[slot].ids[index] != 0) s.leave(s.nodes[slot], index, ready);
    }
    std::sort(ready.begin() + before, ready.end());
    s.free.push_back(slot);
}

boost::container::static_vector<Lanes::Behind, 3> Lanes::behind(Position position) {
    State& s = *state_;
    boost::container::static_vector<Behind, 3> found;
    const auto slot = s.slots.find(position);
    if (slot == s.slots.end()) return found;
    const Node& node = s.nodes[slot->second];
    for (std::size_t index = 0; index < 3; ++index) {
        if (!node.linked[index] || node.next[index] == none) continue;
        const Node& next = s.nodes[node.next[index]];
        const auto known = std::ranges::find(found, next.position, &Behind::position);
        if (known == found.end()) {
            s.hand_out(node.next[index]);
            found.push_back({next.position, next.predecessors, 1});
        } else {
            ++known->here;
        }
    }
    return found;
}

bool Lanes::waits(Position position) const {
    const auto slot = state_->slots.find(position);
    return slot != state_->slots.end() && state_->nodes[slot->second].predecessors != 0;
}

Lanes::Foremost Lanes::foremost(const mapping::Keys& keys) const {
    const State& s = *state_;
    boost::container::static_vector<Slot, Foremost::static_capacity> looked_at;
    const auto look = [&](std::uint64_t id) {
        const auto lane = s.lanes.find(id);
        if (lane == s.lanes.end() || lane->second.head == none || looked_at.size() == looked_at.capacity()) return;
        const Slot head = lane->second.head;
        if (std::find(looked_at.begin(), looked_at.end(), head) == looked_at.end()) looked_at.push_back(head);
    };
    for (const std::uint64_t id : distinct(keys)) look(id);
    Foremost found;
    for (std::size_t i = 0; i < looked_at.size(); ++i) {
        const Node& node = s.nodes[looked_at[i]];
        if (node.predecessors == 0) {
            found.push_back(node.position);
            continue;
        }
        for (std::size_t index = 0; index < 3; ++index) {
            if (node.linked[index]) look(node.ids[index]);
        }
    }
    return found;
}

std::size_t Lanes::size() const noexcept {
    return state_->records;
}
std::uint64_t Lanes::shared_ids() const noexcept {
    return state_->shared_ids;
}

}  // namespace pintle::schedule
