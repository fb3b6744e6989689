#include "ordering_queues.hpp"

#include <algorithm>
#include <deque>
#include <limits>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "key_filter.hpp"
#include "key_hash.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "skipped_keys.hpp"

namespace pintle::delivery {
namespace {

constexpr std::size_t max_persons = 8;  // that may share an id; with more it stops being a key

using Slot = std::uint32_t;  // index of a node; freed ones are reused
constexpr Slot none = std::numeric_limits<Slot>::max();

using Ids = std::array<std::uint64_t, 3>;

// A record in memory. Most records of a long queue are blocked and cost no more than this. The ids are person,
// anonymous, previous; 0 is none.
struct Node {
    Offset offset = 0;
    Ids ids{};
    std::array<Slot, 3> next{none, none, none};  // its successor in the queue of each id
    std::array<bool, 3> linked{};                // whether it is in that queue
    std::uint8_t predecessors = 0;               // pending ones, counted by queue
};

// The persons whose records in memory name an id. Most ids have one person, which needs no allocation.
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

    bool contains(std::uint64_t person) const {
        if (first_.records != 0 && first_.person == person) return true;
        return others_ && std::ranges::find(*others_, person, &Use::person) != others_->end();
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

// What is known of one id.
struct Queue {
    Slot head = none;  // the oldest record in it
    Slot tail = none;
    std::uint32_t records = 0;  // that name the id, in the queue or not
    std::uint32_t length = 0;   // records in it
    bool shared = false;        // by more than `max_persons`; until no record names it any more
    Persons persons;            // none when shared
};

Ids distinct(const OrderingKeys& keys) {
    Ids ids{keys.person, keys.anonymous, keys.previous};
    if (ids[1] == ids[0]) ids[1] = 0;
    if (ids[2] == ids[0] || ids[2] == ids[1]) ids[2] = 0;
    return ids;
}

std::size_t index_of(const Node& node, std::uint64_t id) {
    return static_cast<std::size_t>(std::find(node.ids.begin(), node.ids.end(), id) - node.ids.begin());
}

}  // namespace

// Ids whose skipped records block other persons. An id that blocks more than `max_persons` stops being a key, as it
// does in memory. Bounded: further ids go on blocking.
class HoldingIds {
public:
    bool empty() const noexcept { return persons_.empty(); }
    bool is_excluded_from_ordering(std::uint64_t id) const {
        const auto found = persons_.find(id);
        return found != persons_.end() && found->second.size() > max_persons;
    }

    // Only the id blocks `person`. True if the id stops being a key with that.
    bool hold(std::uint64_t id, std::uint64_t person) {
        if (persons_.size() >= max_ids && !persons_.contains(id)) return false;
        auto& persons = persons_[id];
        if (std::ranges::find(persons, person) == persons.end()) persons.push_back(person);
        return persons.size() > max_persons;  // never called again for such an id
    }

    const auto& persons(std::uint64_t id) const { return persons_.find(id)->second; }
    void clear() { persons_.clear(); }

private:
    static constexpr std::size_t max_ids = 1'000;
    using Held = boost::container::static_vector<std::uint64_t, max_persons + 1>;
    boost::unordered_flat_map<std::uint64_t, Held> persons_;
};

struct OrderingQueues::State {
    State(const Limits& l, std::uint64_t seed)
        : limits(l), queues(0, KeyHash(seed)), skipped(l.skipped_keys, seed), filter(l.filter_bytes, ~seed) {}

    const Limits limits;
    std::deque<Node> nodes;  // grows without moving the nodes
    std::vector<Slot> free;
    boost::unordered_flat_map<Offset, Slot> slots;  // of records that are not blocked or that `successors` returned
    boost::unordered_flat_map<std::uint64_t, Queue, KeyHash> queues;
    SkippedKeys skipped;
    HoldingIds holding;  // ids of skipped records

    // Once `skipped` is full, the keys of further skipped records, from this offset on (0: none), are in `filter`. When
    // there is room again, all records from there on are read once more as if for the first time, except `taken`.
    Offset overflow = 0;
    KeyFilter filter;
    boost::unordered_flat_set<Offset> taken;  // into memory, from `overflow` on
    std::vector<Offset> delivered;            // part of `taken`, since the scan began, which may have read them before
    bool scanning = false;
    bool reading_overflow = false;

    journal::FullQueues* full_queues = nullptr;
    std::uint64_t max_pending = 0;
    bool scarce = false;
    std::size_t records = 0;
    std::size_t blocked = 0;  // part of them
    std::uint64_t ids_excluded_from_ordering = 0;

    // Its offset may be returned to the caller from now on.
    void hand_out(Slot slot) { slots.emplace(nodes[slot].offset, slot); }

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

    // `person` names the queue's id. True if the id is shared by too many persons.
    bool share(Queue& queue, std::uint64_t person) {
        if (queue.shared) return true;
        queue.persons.add(person);
        if (queue.persons.count() <= max_persons) return false;
        queue.persons = {};
        ++ids_excluded_from_ordering;
        return queue.shared = true;
    }

    // One more record names the node's `index`th id. It enters the id's queue if the id is its key.
    void enter(Slot slot, std::size_t index) {
        Node& node = nodes[slot];
        const bool of_person = index != 0 && node.ids[0] != 0;
        Queue& queue = queues[node.ids[index]];
        ++queue.records;
        if (of_person && (share(queue, node.ids[0]) || holding.is_excluded_from_ordering(node.ids[index]))) return;
        node.linked[index] = true;
        ++queue.length;
        if (queue.tail == none) {
            queue.head = slot;
        } else {
            Node& tail = nodes[queue.tail];
            tail.next[index_of(tail, node.ids[index])] = slot;
            ++node.predecessors;
        }
        queue.tail = slot;
    }

    // How many records of one key may be in memory before a further one is skipped.
    std::size_t most_in_queue() const {
        if (scarce || blocked >= limits.blocked) return 0;
        return blocked >= limits.blocked / 2 ? limits.queue / 16 : limits.queue;
    }

    // Whether the record is ordered by its `index`th id.
    bool is_key(const Ids& ids, std::size_t index) const {
        if (ids[index] == 0) return false;
        if (index == 0 || ids[0] == 0) return true;
        if (holding.is_excluded_from_ordering(ids[index])) return false;
        const auto queue = queues.find(ids[index]);
        if (queue == queues.end()) return true;
        if (queue->second.shared) return false;
        const auto& persons = queue->second.persons;
        return persons.count() < max_persons || persons.contains(ids[0]);
    }

    // Whether its `index`th id keeps the record on disk: skipped records have the id, or too many in memory.
    bool holds_back(const Ids& ids, std::size_t index) const {
        if (ids[index] == 0) return false;
        if (!skipped.empty() && skipped.contains(ids[index])) return is_key(ids, index);
        return is_too_long(ids, index);
    }

    bool is_too_long(const Ids& ids, std::size_t index) const {
        const auto queue = ids[index] == 0 ? queues.end() : queues.find(ids[index]);
        return queue != queues.end() && queue->second.length > most_in_queue() && is_key(ids, index);
    }

    bool is_held_back(const Ids& ids) const { return holds_back(ids, 0) || holds_back(ids, 1) || holds_back(ids, 2); }

    // True if an id that held the record back has just stopped being a key, as it blocks too many persons.
    bool lets_go(const Ids& ids) {
        if (ids[0] == 0 || holds_back(ids, 0)) return false;
        bool lets_go = false;
        for (std::size_t index = 1; index < 3; ++index) {
            if (!holds_back(ids, index) || !holding.hold(ids[index], ids[0])) continue;
            ++ids_excluded_from_ordering;
            lets_go = true;
            skipped.request(ids[index]);
            for (const std::uint64_t person : holding.persons(ids[index])) skipped.request(person);
        }
        return lets_go;
    }

    template <class Visit>
    void each_key(const Ids& ids, Visit visit) const {
        for (std::size_t index = 0; index < 3; ++index) {
            if (is_key(ids, index)) visit(ids[index]);
        }
    }

    bool has_overflown(const Ids& ids) const {
        bool found = false;
        each_key(ids, [&](std::uint64_t id) { found = found || filter.contains(id); });
        return found;
    }

    // Puts the record into memory, or its keys into `skipped`.
    Enqueued take_or_skip(Offset offset, const Ids& ids) {
        bool held_back = is_held_back(ids);
        if (held_back && lets_go(ids)) held_back = is_held_back(ids);
        if (!held_back) return place(offset, ids);
        each_key(ids, [&](std::uint64_t id) { skipped.skip(id, offset); });
        return Enqueued::skipped;
    }

    Enqueued take_or_overflow(Offset offset, const Ids& ids) {
        if (!is_held_back(ids) && !has_overflown(ids)) {
            taken.insert(offset);
            return place(offset, ids);
        }
        each_key(ids, [&](std::uint64_t id) { filter.add(id); });
        return Enqueued::skipped;
    }

    // For the record at `overflow` or a later one, as far as there is room.
    Enqueued readmit_overflow(Offset offset, const Ids& ids) {
        if (offset < overflow || skipped.full()) return Enqueued::known;
        overflow = offset + 1;
        return taken.contains(offset) ? Enqueued::known : take_or_skip(offset, ids);
    }

    void end_scan() {
        scanning = reading_overflow = false;
        for (const Offset offset : delivered) taken.erase(offset);
        delivered.clear();
    }

    Enqueued place(Offset offset, const Ids& ids) {
        const Slot slot = take_slot();
        ++records;
        nodes[slot].offset = offset;
        nodes[slot].ids = ids;
        for (std::size_t index = 0; index < 3; ++index) {
            if (ids[index] != 0) enter(slot, index);
        }
        if (nodes[slot].predecessors != 0) {
            ++blocked;
            return Enqueued::blocked;
        }
        hand_out(slot);
        return Enqueued::ready;
    }

    // The length of these ids' queues has changed.
    void note_length(const Ids& ids) {
        if (max_pending == 0) return;
        for (const std::uint64_t id : ids) {
            if (id != 0) note_length(id);
        }
    }

    void note_length(std::uint64_t id) {
        const auto queue = queues.find(id);
        std::uint64_t pending = queue == queues.end() ? 0 : queue->second.length;
        if (!skipped.empty()) pending += skipped.count(id);
        if (pending >= max_pending) {
            full_queues->add(id);
        } else if (!full_queues->empty()) {
            full_queues->remove(id);
        }
    }

    void leave(const Node& node, std::size_t index, std::vector<Offset>& ready) {
        const auto found = queues.find(node.ids[index]);
        Queue& queue = found->second;
        if (node.linked[index]) {
            queue.head = node.next[index];
            if (queue.head == none) queue.tail = none;
            if (queue.head != none && --nodes[queue.head].predecessors == 0) {
                hand_out(queue.head);
                ready.push_back(nodes[queue.head].offset);
                --blocked;
            }
            --queue.length;
        }
        if (!skipped.empty() && queue.length <= most_in_queue() / 2) skipped.request(node.ids[index]);
        if (index != 0 && node.ids[0] != 0 && !queue.shared) queue.persons.remove(node.ids[0]);
        if (--queue.records == 0) queues.erase(found);
    }
};

OrderingQueues::OrderingQueues(const Limits& limits, std::uint64_t seed)
    : state_(std::make_unique<State>(limits, seed)) {}
OrderingQueues::~OrderingQueues() = default;

Enqueued OrderingQueues::enqueue(const Entry& entry) {
    State& s = *state_;
    const Ids ids = distinct(entry.keys);
    if (s.skipped.empty() && !s.holding.empty()) s.holding.clear();
    if (s.overflow == 0 && s.skipped.full() && s.is_held_back(ids)) s.overflow = entry.offset;
    const Enqueued enqueued =
        s.overflow == 0 ? s.take_or_skip(entry.offset, ids) : s.take_or_overflow(entry.offset, ids);
    s.note_length(ids);
    return enqueued;
}

void OrderingQueues::set_scarce(bool scarce) noexcept {
    state_->scarce = scarce;
}

std::optional<Offset> OrderingQueues::next_scan() {
    State& s = *state_;
    s.end_scan();
    auto at = s.skipped.next_scan(s.records == 0);
    if (!at && s.overflow != 0 && s.skipped.size() <= s.limits.skipped_keys / 2) {
        s.reading_overflow = true;
        at = s.overflow;
    }
    s.scanning = at.has_value();
    return at;
}

Enqueued OrderingQueues::enqueue_again(const Entry& entry) {
    State& s = *state_;
    const Ids ids = distinct(entry.keys);
    if (s.reading_overflow) return s.readmit_overflow(entry.offset, ids);
    if (s.overflow != 0 && entry.offset >= s.overflow) return Enqueued::known;
    if (s.taken.contains(entry.offset)) return Enqueued::known;
    const auto primary = std::ranges::find_if(ids, [](std::uint64_t id) { return id != 0; });
    if (primary == ids.end() || !s.skipped.was_skipped(*primary, entry.offset)) return Enqueued::known;
    bool may_return = true;
    for (std::size_t index = 0; may_return && index < 3; ++index) {
        may_return =
            !s.is_key(ids, index) || (s.skipped.may_return(ids[index], entry.offset) && !s.is_too_long(ids, index));
    }
    if (!may_return) {
        s.each_key(ids, [&](std::uint64_t id) { s.skipped.skip_again(id, entry.offset); });
        return Enqueued::skipped;
    }
    for (const std::uint64_t id : ids) {
        if (id != 0) s.skipped.returned(id, entry.offset);
    }
    return s.place(entry.offset, ids);
}

void OrderingQueues::scanned(Offset offset, Offset last_read) {
    State& s = *state_;
    const bool of_overflow = s.reading_overflow;
    s.end_scan();
    if (!of_overflow) {
        const Offset last = s.overflow == 0 ? last_read : s.overflow - 1;
        return s.skipped.scanned(std::min(offset, last), last);
    }
    if (s.skipped.full()) return;
    s.overflow = std::max(s.overflow, offset + 1);
    if (offset < last_read) return;
    s.overflow = 0;
    s.filter.clear();
}

void OrderingQueues::watch_queues(journal::FullQueues& full_queues, std::uint64_t max) {
    State& s = *state_;
    full_queues.clear();
    s.full_queues = &full_queues;
    s.max_pending = max;
    if (max == 0) return;
    for (const auto& [id, queue] : s.queues) s.note_length(id);
    s.skipped.each([&](std::uint64_t id) { s.note_length(id); });
}

void OrderingQueues::remove(Offset offset, std::vector<Offset>& ready) {
    State& s = *state_;
    const auto found = s.slots.find(offset);
    if (found == s.slots.end()) return;
    const Slot slot = found->second;
    s.slots.erase(found);
    --s.records;
    if (!s.taken.empty()) {
        s.delivered.push_back(offset);
        if (!s.scanning) s.end_scan();
    }
    const auto before = static_cast<std::ptrdiff_t>(ready.size());
    for (std::size_t index = 0; index < 3; ++index) {
        if (s.nodes[slot].ids[index] != 0) s.leave(s.nodes[slot], index, ready);
    }
    s.note_length(s.nodes[slot].ids);
    std::sort(ready.begin() + before, ready.end());
    s.free.push_back(slot);
}

boost::container::static_vector<OrderingQueues::Successor, 3> OrderingQueues::successors(Offset offset) {
    State& s = *state_;
    boost::container::static_vector<Successor, 3> found;
    const auto slot = s.slots.find(offset);
    if (slot == s.slots.end()) return found;
    const Node& node = s.nodes[slot->second];
    for (std::size_t index = 0; index < 3; ++index) {
        if (!node.linked[index] || node.next[index] == none) continue;
        const Node& next = s.nodes[node.next[index]];
        const auto known = std::ranges::find(found, next.offset, &Successor::offset);
        if (known == found.end()) {
            s.hand_out(node.next[index]);
            found.push_back({next.offset, next.predecessors, 1});
        } else {
            ++known->behind_offset_in;
        }
    }
    return found;
}

bool OrderingQueues::is_blocked(Offset offset) const {
    const auto slot = state_->slots.find(offset);
    return slot != state_->slots.end() && state_->nodes[slot->second].predecessors != 0;
}

OrderingQueues::QueueHeads OrderingQueues::queue_heads(const OrderingKeys& keys) const {
    const State& s = *state_;
    boost::container::static_vector<Slot, QueueHeads::static_capacity> looked_at;
    const auto look = [&](std::uint64_t id) {
        const auto queue = s.queues.find(id);
        if (queue == s.queues.end() || queue->second.head == none || looked_at.size() == looked_at.capacity()) return;
        const Slot head = queue->second.head;
        if (std::find(looked_at.begin(), looked_at.end(), head) == looked_at.end()) looked_at.push_back(head);
    };
    for (const std::uint64_t id : distinct(keys)) look(id);
    QueueHeads found;
    for (std::size_t i = 0; i < looked_at.size(); ++i) {
        const Node& node = s.nodes[looked_at[i]];
        if (node.predecessors == 0) {
            found.push_back(node.offset);
            continue;
        }
        for (std::size_t index = 0; index < 3; ++index) {
            if (node.linked[index]) look(node.ids[index]);
        }
    }
    return found;
}

std::size_t OrderingQueues::size() const noexcept {
    return state_->records;
}
std::size_t OrderingQueues::blocked() const noexcept {
    return state_->blocked;
}
std::size_t OrderingQueues::skipped_keys() const noexcept {
    return state_->skipped.size();
}
bool OrderingQueues::is_excluded_from_ordering(std::uint64_t id) const {
    if (state_->holding.is_excluded_from_ordering(id)) return true;
    const auto queue = state_->queues.find(id);
    return queue != state_->queues.end() && queue->second.shared;
}
bool OrderingQueues::overflows() const noexcept {
    return state_->overflow != 0;
}
std::uint64_t OrderingQueues::ids_excluded_from_ordering() const noexcept {
    return state_->ids_excluded_from_ordering;
}

}  // namespace pintle::delivery
