#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "fixtures.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/time.hpp"
#include "random_steps.hpp"

// The reference of the scheduler's model: a stream and an order that are too simple to be wrong.
namespace pintle::delivery {

struct Accepted {
    Offset offset = 0;
    OrderingKeys keys;
    WallTime received;
    Duration received_outside{};  // on a clock that stands still in pauses

    boost::container::static_vector<std::uint64_t, 3> ids() const {
        boost::container::static_vector<std::uint64_t, 3> ids;
        for (const auto id : {keys.person, keys.anonymous, keys.previous}) {
            if (id != 0 && std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
        }
        return ids;
    }
    // Whether the id is one that more than 8 persons may come to share.
    bool borrows(std::uint64_t id) const { return keys.person != 0 && id != keys.person; }
};

// What the journal promises: an accepted record is there until it is acked, and a crash may bring back some of those
// that were acked last.
class ModelLog {
public:
    Accepted& append(Accepted record) {
        record.offset = ++last_;
        return records_[last_] = record;
    }
    void remove(Offset offset) { unwritten_.push_back(records_.extract(offset)); }
    void write() { unwritten_.clear(); }

    void crash(Chance& chance) {
        for (auto lost = chance.below(unwritten_.size() + 1); lost-- > 0; unwritten_.pop_back()) {
            records_.insert(std::move(unwritten_.back()));
        }
        write();
    }

    std::vector<Offset> read(Offset after, std::size_t limit) const {
        std::vector<Offset> found;
        for (auto at = records_.upper_bound(after); at != records_.end() && found.size() < limit; ++at) {
            found.push_back(at->first);
        }
        return found;
    }

    const Accepted& at(Offset offset) const { return records_.at(offset); }
    bool contains(Offset offset) const { return records_.contains(offset); }
    const auto& pending() const { return records_; }
    Offset first_pending() const { return records_.empty() ? last_ + 1 : records_.begin()->first; }
    Offset last() const { return last_; }

private:
    std::map<Offset, Accepted> records_;
    std::vector<std::map<Offset, Accepted>::node_type> unwritten_;  // in the order of their acks
    Offset last_ = 0;
};

// Which records block which: by id, all pending records whose key it is, in memory or not.
class Order {
public:
    void accept(const Accepted& record) {
        for (const auto id : record.ids()) uses_.at(id).keyed.insert(record.offset);
    }

    // The record enters memory, where an id of more than 8 persons stops being their key.
    void enqueue(const Accepted& record) {
        for (const auto id : record.ids()) {
            Use& use = uses_.at(id);
            ++use.named;
            if (!record.borrows(id)) continue;
            if (use.records_of.at(record.keys.person)++ == 0) ++use.persons;
            use.shared = use.shared || use.persons > 8;
            if (use.shared) unkey(use, record);
        }
    }

    // The scheduler excludes the id. It may do so only if skipped records block many persons by it.
    void share(const Accepted& record, std::uint64_t id) {
        if (record.borrows(id)) unkey(uses_.at(id), record);
    }

    // Whether one of its ids was no key of another record. That one may block it all the same.
    bool was_shared(const Accepted& record) const {
        return std::ranges::any_of(record.ids(), [&](std::uint64_t id) { return uses_.at(id).was_shared; });
    }

    // The record is skipped. An id that is shared by then is no key of it.
    void skip(const Accepted& record) {
        for (const auto id : record.ids()) {
            Use& use = uses_.at(id);
            if (!record.borrows(id)) continue;
            const bool is_new = use.records_of.at(record.keys.person) == 0;
            if (use.shared || use.persons + (is_new ? 1 : 0) > 8) unkey(use, record);
        }
    }

    // The record is finished.
    void remove(const Accepted& record) {
        for (const auto id : record.ids()) {
            Use& use = uses_.at(id);
            use.keyed.erase(record.offset);
            if (record.borrows(id) && --use.records_of.at(record.keys.person) == 0) --use.persons;
            if (--use.named == 0) use.shared = false;
        }
    }

    // `before`: earlier records in its own request.
    bool may_go(const Accepted& record, const std::vector<Offset>& before) const {
        return std::ranges::all_of(record.ids(), [&](std::uint64_t id) {
            const auto& keyed = uses_.at(id).keyed;
            const auto end = keyed.find(record.offset);
            return end == keyed.end() || std::all_of(keyed.begin(), end, [&](Offset earlier) {
                       return std::ranges::find(before, earlier) != before.end();
                   });
        });
    }

private:
    struct Use {
        std::set<Offset> keyed;
        std::array<std::uint32_t, 32> records_of{};  // by person, in memory
        std::size_t persons = 0;
        std::size_t named = 0;
        bool shared = false;
        bool was_shared = false;
    };

    static void unkey(Use& use, const Accepted& record) {
        use.keyed.erase(record.offset);
        use.was_shared = true;
    }

    std::array<Use, 128> uses_;
};

}  // namespace pintle::delivery
