// The queues against a reference that is too simple to be wrong, over random steps. The seed is printed.

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "random_steps.hpp"

namespace pintle::delivery {
namespace {

// The records in memory as a plain list that is searched from end to end.
class Reference {
public:
    // The earlier records that block this one, by the rule.
    void enqueue(const Entry& entry) {
        Row row;
        const auto [person, anonymous, previous] = entry.keys;
        row.person = person;
        for (const std::uint64_t id : {anonymous, previous}) {
            if (id != 0 && id != person) row.ids.insert(id);
        }
        rows_[entry.offset] = row;
        Row& placed = rows_[entry.offset];
        if (person != 0) placed.queues.insert(person);
        for (const std::uint64_t id : row.ids) {
            if (persons_of(id) > 8) shared_.insert(id);
            if (person == 0 || !shared_.contains(id)) placed.queues.insert(id);
        }
    }

    bool ready(Offset offset) const {
        const Row& row = rows_.at(offset);
        for (const auto& [other, earlier] : rows_) {
            if (other >= offset) return true;
            for (const std::uint64_t queue : row.queues) {
                if (earlier.queues.contains(queue)) return false;
            }
        }
        return true;
    }

    void remove(Offset offset) {
        rows_.erase(offset);
        std::erase_if(shared_, [&](std::uint64_t id) { return !named(id); });
    }

    std::size_t size() const { return rows_.size(); }
    const auto& rows() const { return rows_; }

private:
    struct Row {
        std::uint64_t person = 0;
        std::set<std::uint64_t> ids;     // all ids but the person
        std::set<std::uint64_t> queues;  // that it is in
    };

    std::size_t persons_of(std::uint64_t id) const {
        std::set<std::uint64_t> persons;
        for (const auto& [offset, row] : rows_) {
            if (row.person != 0 && row.ids.contains(id)) persons.insert(row.person);
        }
        return persons.size();
    }

    bool named(std::uint64_t id) const {
        for (const auto& [offset, row] : rows_) {
            if (row.person == id || row.ids.contains(id)) return true;
        }
        return false;
    }

    std::map<Offset, Row> rows_;
    std::set<std::uint64_t> shared_;
};

TEST(OrderingQueuesModel, AgreeWithAPlainSearchAtEachStep) {
    const auto seed = test_setting("PINTLE_TEST_SEED", 1);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    std::cout << "seed " << seed << "\n";
    Chance chance(seed);
    OrderingQueues queues;
    Reference reference;
    std::set<Offset> ready;
    Offset last = 0;
    std::size_t limit = 40;
    const auto steps = test_setting("PINTLE_TEST_STEPS", 100'000);
    for (std::uint64_t i = 0; i < steps; ++i) {
        if (chance.in(500)) limit = chance.in(4) ? 0 : 1 + chance.below(80);  // sometimes the queues become empty
        if (reference.size() < limit && !chance.in(3)) {
            const Entry entry{++last, random_keys(chance)};
            reference.enqueue(entry);
            const bool at_once = queues.enqueue(entry) == Enqueued::ready;
            ASSERT_EQ(at_once, reference.ready(last)) << last;
            if (at_once) ready.insert(last);
        } else if (!ready.empty()) {
            const Offset offset = *std::next(ready.begin(), static_cast<long>(chance.below(ready.size())));
            ready.erase(offset);
            reference.remove(offset);
            std::vector<Offset> freed;
            queues.remove(offset, freed);
            ASSERT_TRUE(std::is_sorted(freed.begin(), freed.end()));
            for (const Offset next : freed) ASSERT_TRUE(ready.insert(next).second && reference.ready(next)) << next;
        }
        ASSERT_EQ(queues.size(), reference.size());
        if (i % 16 != 0) continue;
        for (const auto& [offset, row] : reference.rows()) {
            ASSERT_EQ(ready.contains(offset), reference.ready(offset)) << offset;
        }
    }
}

}  // namespace
}  // namespace pintle::delivery
