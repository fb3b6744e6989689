// Long queues: records that are left on disk, and how they come back.

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gmock/gmock.h>

#include "ordering_queues.hpp"
#include "pintle/base/ordering_keys.hpp"

namespace pintle::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t anon_a = 100;

// A journal, and queues that are filled from it as the worker does it.
class ALongQueue : public testing::Test {
protected:
    explicit ALongQueue(const OrderingQueues::Limits& limits = {4, 1'000, 1'000'000}) : queues_(limits) {}

    Enqueued add(const OrderingKeys& keys) {
        pending_[++last_] = keys;
        const Enqueued enqueued = queues_.enqueue({last_, keys});
        if (enqueued == Enqueued::ready) ready_.insert(last_);
        return enqueued;
    }
    void add(const OrderingKeys& keys, int count) {
        for (int i = 0; i < count; ++i) add(keys);
    }

    void remove(Offset offset) {
        ready_.erase(offset);
        pending_.erase(offset);
        freed_.clear();
        queues_.remove(offset, freed_);
        ready_.insert(freed_.begin(), freed_.end());
    }

    // One step of a scan, of `limit` records. False if none is due.
    bool scan(std::size_t limit = 16) {
        const auto from = queues_.next_scan();
        if (!from) return false;
        auto at = pending_.lower_bound(*from);
        Offset seen = last_;
        for (; at != pending_.end() && limit > 0; ++at, --limit) {
            ++scanned_;
            seen = at->first;
            const Enqueued enqueued = queues_.enqueue_again({at->first, at->second});
            if (enqueued == Enqueued::ready) ready_.insert(at->first);
        }
        queues_.scanned(at == pending_.end() ? last_ : seen, last_);
        return true;
    }

    // Removes all records, ready ones first. Returns their order.
    std::vector<Offset> drain() {
        std::vector<Offset> order;
        while (!pending_.empty()) {
            while (scan()) most_in_memory_ = std::max(most_in_memory_, queues_.size());
            if (ready_.empty()) {
                ADD_FAILURE() << "stuck with " << pending_.size();
                break;
            }
            order.push_back(*ready_.begin());
            remove(order.back());
        }
        while (scan()) continue;
        EXPECT_EQ(queues_.size(), 0);
        EXPECT_EQ(queues_.skipped_keys(), 0);
        return order;
    }

    OrderingQueues queues_;
    std::map<Offset, OrderingKeys> pending_;
    std::set<Offset> ready_;
    std::vector<Offset> freed_;
    Offset last_ = 0;
    std::size_t scanned_ = 0;
    std::size_t most_in_memory_ = 0;
};

TEST_F(ALongQueue, StaysOnDiskBehindItsFirstRecords) {
    EXPECT_EQ(add({7, 0, 0}), Enqueued::ready);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(add({7, 0, 0}), Enqueued::blocked);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(add({7, 0, 0}), Enqueued::skipped);
    EXPECT_EQ(queues_.size(), 5);
    EXPECT_EQ(queues_.skipped_keys(), 1);
}

TEST_F(ALongQueue, LetsOthersPass) {
    add({7, 0, 0}, 1000);
    EXPECT_EQ(add({8, 0, 0}), Enqueued::ready);
    EXPECT_EQ(add({8, 0, 0}), Enqueued::blocked);
}

TEST_F(ALongQueue, HoldsBackRecordsThatShareAKeyWithASkippedOne) {
    add({7, 0, 0}, 5);
    EXPECT_EQ(add({7, anon_a, 0}), Enqueued::skipped);
    EXPECT_EQ(add({0, anon_a, 0}), Enqueued::skipped) << "or it would overtake the one before";
    EXPECT_EQ(add({8, 0, anon_a}), Enqueued::skipped);
    EXPECT_EQ(add({8, 0, 0}), Enqueued::skipped);
    const auto order = drain();
    EXPECT_THAT(order, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(ALongQueue, ComesBackOnceItIsHalfAsLong) {
    add({7, 0, 0}, 100);
    for (Offset p = 1; p <= 2; ++p) {
        remove(p);
        EXPECT_FALSE(queues_.next_scan()) << p;
    }
    remove(3);
    EXPECT_EQ(queues_.next_scan(), 6);
    EXPECT_TRUE(scan());
    EXPECT_EQ(queues_.size(), 5);
    EXPECT_FALSE(scan()) << "the rest has to wait, so that nothing is to be looked for";
    drain();
}

TEST_F(ALongQueue, IsReadOnceAgainInAll) {
    add({7, 0, 0}, 10'000);
    EXPECT_EQ(drain().size(), 10'000);
    EXPECT_LT(scanned_, 70'000) << "steps of 16, which bring back 3";
    EXPECT_LE(most_in_memory_, 5);
}

TEST_F(ALongQueue, IsPassedOverAmongOthers) {
    add({7, 0, 0}, 5);
    for (std::uint64_t person = 1000; person < 2000; ++person) {
        EXPECT_EQ(add({7, 0, 0}), Enqueued::skipped);
        EXPECT_EQ(add({person, 0, 0}), Enqueued::ready);
    }
    EXPECT_EQ(queues_.enqueue_again({8, {1001, 0, 0}}), Enqueued::known) << "it is in memory";
    drain();
}

TEST_F(ALongQueue, TakesNoRecordThatWasFinishedWhileItWasRead) {
    add({7, 0, 0}, 20);
    for (Offset p = 1; p <= 3; ++p) remove(p);
    ASSERT_EQ(queues_.next_scan(), 6);
    EXPECT_EQ(queues_.enqueue_again({6, {7, 0, 0}}), Enqueued::blocked);
    remove(4);
    remove(5);
    remove(6);
    EXPECT_EQ(queues_.enqueue_again({6, {7, 0, 0}}), Enqueued::known);
}

TEST_F(ALongQueue, ThatEmptiesDuringAPassIsReadByTheNextOne) {
    add({7, 0, 0}, 20);
    add({8, 0, 0}, 20);
    add({9, 0, 0});  // is never removed
    for (const Offset p : {1, 2, 3, 21, 22, 23}) remove(p);
    ASSERT_TRUE(scan(10)) << "of both";
    EXPECT_EQ(queues_.size(), 2 + 3 + 2 + 1);
    for (Offset p = 4; p <= 8; ++p) remove(p);
    while (scan()) continue;
    EXPECT_THAT(ready_, ElementsAre(9, 24, 41));
}

TEST_F(ALongQueue, IsNotReadForARecordBehindIt) {
    add({7, 0, 0}, 10'000);
    add({8, 0, 0}, 6);
    for (const Offset p : {1, 2, 3, 10'001, 10'002, 10'003}) remove(p);
    while (scan()) continue;
    EXPECT_LT(scanned_, 40);
    EXPECT_EQ(queues_.size(), 5 + 3);
    drain();
}

TEST_F(ALongQueue, OfManyPersonsComesBackInOrder) {
    for (int i = 0; i < 200; ++i) {
        for (std::uint64_t person = 1; person <= 50; ++person) add({person, 0, 0});
    }
    std::map<std::uint64_t, Offset> latest;
    const auto keys = pending_;
    for (const Offset offset : drain()) {
        Offset& before = latest[keys.at(offset).person];
        ASSERT_LT(before, offset);
        before = offset;
    }
}

TEST_F(ALongQueue, GoesOnIfTheJournalHasLostItsRecords) {
    add({7, 0, 0}, 5);
    add({7, anon_a, 0}, 10);
    for (Offset p = 6; p <= 15; ++p) pending_.erase(p);
    drain();
    EXPECT_EQ(add({7, anon_a, 0}), Enqueued::ready);
}

TEST_F(ALongQueue, TakesNoBlockedRecordWhileMemoryIsScarce) {
    queues_.set_scarce(true);
    EXPECT_EQ(add({7, 0, 0}), Enqueued::ready);
    EXPECT_EQ(add({7, 0, 0}), Enqueued::skipped);
    EXPECT_EQ(add({8, 0, 0}), Enqueued::ready);
    remove(1);
    ASSERT_TRUE(scan());
    EXPECT_THAT(ready_, ElementsAre(2, 3));
}

TEST_F(ALongQueue, IsFullOnceSoManyEventsArePending) {
    journal::FullQueues full;
    queues_.watch_queues(full, 8);
    add({7, 0, 0}, 7);
    EXPECT_FALSE(full.is_full({7, 0, 0}));
    add({7, 0, 0});
    EXPECT_TRUE(full.is_full({7, anon_a, 0})) << "skipped ones count too";
    EXPECT_FALSE(full.is_full({8, 7, 0})) << "it is counted as another's";
    EXPECT_TRUE(full.is_full({0, 7, 0}));
    remove(1);
    EXPECT_FALSE(full.is_full({7, 0, 0}));
    EXPECT_TRUE(full.empty());
    add({7, 0, 0}, 3);
    EXPECT_TRUE(full.is_full({7, 0, 0}));
    drain();
    EXPECT_TRUE(full.empty());
}

TEST_F(ALongQueue, IsLimitedAgainWhenTheLimitChanges) {
    journal::FullQueues full;
    add({7, 0, 0}, 10);
    queues_.watch_queues(full, 10);
    EXPECT_TRUE(full.is_full({7, 0, 0}));
    queues_.watch_queues(full, 11);
    EXPECT_FALSE(full.is_full({7, 0, 0}));
    queues_.watch_queues(full, 0);
    add({7, 0, 0}, 10);
    EXPECT_FALSE(full.is_full({7, 0, 0}));
}

class ALongerQueue : public ALongQueue {
protected:
    ALongerQueue() : ALongQueue({20, 1'000, 1'000'000}) {}
};

TEST_F(ALongerQueue, BlocksNobodyWhoMerelySharesAnIdOfTooManyPersons) {
    for (std::uint64_t person = 1; person <= 9; ++person) add({person, anon_a, 0});
    add({7, anon_a, 0}, 100);
    EXPECT_EQ(add({30, anon_a, 0}), Enqueued::ready);
    add({0, anon_a, 0}, 100);
    EXPECT_EQ(add({31, anon_a, 0}), Enqueued::ready);
    drain();
}

TEST_F(ALongQueue, BlocksNoMoreThanEightPersonsByAnIdThatTheyShare) {
    add({7, anon_a, 0}, 100);
    for (std::uint64_t person = 20; person < 28; ++person) EXPECT_EQ(add({person, anon_a, 0}), Enqueued::skipped);
    EXPECT_EQ(add({28, anon_a, 0}), Enqueued::ready);
    EXPECT_EQ(queues_.ids_excluded_from_ordering(), 1);
    EXPECT_TRUE(queues_.is_excluded_from_ordering(anon_a));
    EXPECT_EQ(add({0, anon_a, 0}), Enqueued::skipped) << "of nobody's events it still is the key";
    while (scan(1'000)) continue;
    EXPECT_EQ(ready_.size(), 10) << "the eight come back, though nothing of the queue has gone";
    drain();
    EXPECT_EQ(add({7, anon_a, 0}), Enqueued::ready);
    EXPECT_FALSE(queues_.is_excluded_from_ordering(anon_a));
}

class AQueueOfManyIds : public ALongQueue {
protected:
    AQueueOfManyIds() : ALongQueue({4, 1'000, 100, 1U << 16U}) {}
};

TEST_F(AQueueOfManyIds, BlocksNobodyElseAlthoughNotEachIdIsKnown) {
    for (std::uint64_t i = 0; i < 2'000; ++i) add({7, 1'000'000 + i, 0});
    EXPECT_TRUE(queues_.overflows());
    EXPECT_LE(queues_.skipped_keys(), 102);
    EXPECT_EQ(add({8, 0, 0}), Enqueued::ready);
    EXPECT_EQ(add({0, 1'001'500, 0}), Enqueued::skipped) << "it must not overtake";
    EXPECT_EQ(add({9, 1'001'500, 0}), Enqueued::skipped);
    const auto order = drain();
    EXPECT_EQ(order.size(), 2'003);
    EXPECT_FALSE(queues_.overflows());
    EXPECT_LT(std::ranges::find(order, Offset{1'501}), std::ranges::find(order, Offset{2'002}));
    EXPECT_LT(std::ranges::find(order, Offset{2'002}), std::ranges::find(order, Offset{2'003}));
    EXPECT_EQ(add({7, 0, 0}), Enqueued::ready);
}

TEST_F(AQueueOfManyIds, ComesBackOnceAlthoughItsRecordsAreFinishedWhileTheyAreRead) {
    for (std::uint64_t i = 0; i < 200; ++i) add({7, 1'000'000 + i, 0});
    EXPECT_EQ(add({8, 0, 0}), Enqueued::ready);
    add({9, 0, 0});
    for (Offset p = 1; p <= 5; ++p) remove(p);
    while (queues_.skipped_keys() > 50) {
        while (scan() && queues_.skipped_keys() > 50) continue;
        if (queues_.skipped_keys() > 50) remove(*ready_.begin());
    }
    while (!ready_.empty() && *ready_.begin() < 100) remove(*ready_.begin());
    const auto from = queues_.next_scan();
    ASSERT_TRUE(from);
    remove(201);
    EXPECT_EQ(queues_.enqueue_again({201, {8, 0, 0}}), Enqueued::known) << "it was delivered meanwhile";
    EXPECT_EQ(queues_.enqueue_again({202, {9, 0, 0}}), Enqueued::known) << "it is in memory";
}

class ALongChain : public ALongQueue {
protected:
    ALongChain() : ALongQueue({1'000, 2'000, 1'000'000}) {}

    // A chain of aliases: each person is the previous id of the next one.
    void add_chain(std::uint64_t links) {
        for (std::uint64_t i = 1; i <= links; ++i) add({i + 1, 0, i});
    }
};

TEST_F(ALongChain, OfAliasesStaysOnDiskToo) {
    add_chain(100'000);
    EXPECT_LE(queues_.size(), 2'001);
    EXPECT_EQ(add({200'000, 0, 0}), Enqueued::ready);
    EXPECT_THAT(queues_.queue_heads({2'001, 0, 0}), IsEmpty()) << "looks no further than a few";
    const auto order = drain();
    EXPECT_EQ(order.size(), 100'001);
    EXPECT_LE(most_in_memory_, 2'010);
    EXPECT_LT(scanned_, 300'000);
}

}  // namespace
}  // namespace pintle::delivery
