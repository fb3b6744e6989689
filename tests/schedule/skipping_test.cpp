// Long queues: what is left on disk, and how it comes back.

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gmock/gmock.h>

#include "pintle/schedule/lanes.hpp"

namespace pintle::schedule {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t anon_a = 100;

// A journal, and lanes that are filled from it as the runner does it.
class ALongQueue : public testing::Test {
protected:
    explicit ALongQueue(const Lanes::Limits& limits = {4, 1'000, 1'000'000}) : lanes_(limits) {}

    Admission add(const mapping::Keys& keys) {
        pending_[++last_] = keys;
        const Admission admission = lanes_.admit({last_, keys});
        if (admission == Admission::ready) ready_.insert(last_);
        return admission;
    }
    void add(const mapping::Keys& keys, int count) {
        for (int i = 0; i < count; ++i) add(keys);
    }

    void settle(Position position) {
        ready_.erase(position);
        pending_.erase(position);
        freed_.clear();
        lanes_.settle(position, freed_);
        ready_.insert(freed_.begin(), freed_.end());
    }

    // One step of a scan, of `limit` records. False: none is due.
    bool scan(std::size_t limit = 16) {
        const auto from = lanes_.next_scan();
        if (!from) return false;
        auto at = pending_.lower_bound(*from);
        Position seen = last_;
        for (; at != pending_.end() && limit > 0; ++at, --limit) {
            ++scanned_;
            seen = at->first;
            const Admission admission = lanes_.readmit({at->first, at->second});
            if (admission == Admission::ready) ready_.insert(at->first);
        }
        lanes_.scanned(at == pending_.end() ? last_ : seen, last_);
        return true;
    }

    // Settles all, always what is ready first; the order in which they went.
    std::vector<Position> drain() {
        std::vector<Position> order;
        while (!pending_.empty()) {
            while (scan()) most_in_memory_ = std::max(most_in_memory_, lanes_.size());
            if (ready_.empty()) {
                ADD_FAILURE() << "stuck with " << pending_.size();
                break;
            }
            order.push_back(*ready_.begin());
            settle(order.back());
        }
        while (scan()) continue;
        EXPECT_EQ(lanes_.size(), 0);
        EXPECT_EQ(lanes_.skipped_keys(), 0);
        return order;
    }

    Lanes lanes_;
    std::map<Position, mapping::Keys> pending_;
    std::set<Position> ready_;
    std::vector<Position> freed_;
    Position last_ = 0;
    std::size_t scanned_ = 0;
    std::size_t most_in_memory_ = 0;
};

TEST_F(ALongQueue, StaysOnDiskBehindItsFirstRecords) {
    EXPECT_EQ(add({7, 0, 0}), Admission::ready);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(add({7, 0, 0}), Admission::blocked);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(add({7, 0, 0}), Admission::skipped);
    EXPECT_EQ(lanes_.size(), 5);
    EXPECT_EQ(lanes_.skipped_keys(), 1);
}

TEST_F(ALongQueue, LetsOthersPass) {
    add({7, 0, 0}, 1000);
    EXPECT_EQ(add({8, 0, 0}), Admission::ready);
    EXPECT_EQ(add({8, 0, 0}), Admission::blocked);
}

TEST_F(ALongQueue, HoldsWhatSharesAKeyWithASkippedRecord) {
    add({7, 0, 0}, 5);
    EXPECT_EQ(add({7, anon_a, 0}), Admission::skipped);
    EXPECT_EQ(add({0, anon_a, 0}), Admission::skipped) << "or it would overtake the one before";
    EXPECT_EQ(add({8, 0, anon_a}), Admission::skipped);
    EXPECT_EQ(add({8, 0, 0}), Admission::skipped);
    const auto order = drain();
    EXPECT_THAT(order, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(ALongQueue, ComesBackOnceItIsHalfAsLong) {
    add({7, 0, 0}, 100);
    for (Position p = 1; p <= 2; ++p) {
        settle(p);
        EXPECT_FALSE(lanes_.next_scan()) << p;
    }
    settle(3);
    EXPECT_EQ(lanes_.next_scan(), 6);
    EXPECT_TRUE(scan());
    EXPECT_EQ(lanes_.size(), 5);
    EXPECT_FALSE(scan()) << "the rest has to wait, so that nothing is to be looked for";
    drain();
}

TEST_F(ALongQueue, IsReadOnceAgainInAll) {
    add({7, 0, 0}, 10'000);
    EXPECT_EQ(drain().size(), 10'000);
    EXPECT_LT(scanned_, 70'000) << "steps of 16, which bring back 3";
    EXPECT_LE(most_in_memory_, 5);
}

TEST_F(ALongQueue, IsPassedOverWhereItStandsAmongOthers) {
    add({7, 0, 0}, 5);
    for (std::uint64_t person = 1000; person < 2000; ++person) {
        EXPECT_EQ(add({7, 0, 0}), Admission::skipped);
        EXPECT_EQ(add({person, 0, 0}), Admission::ready);
    }
    EXPECT_EQ(lanes_.readmit({8, {1001, 0, 0}}), Admission::known) << "it is in memory";
    drain();
}

TEST_F(ALongQueue, TakesNothingThatWasSettledWhileItWasRead) {
    add({7, 0, 0}, 20);
    for (Position p = 1; p <= 3; ++p) settle(p);
    ASSERT_EQ(lanes_.next_scan(), 6);
    EXPECT_EQ(lanes_.readmit({6, {7, 0, 0}}), Admission::blocked);
    settle(4);
    settle(5);
    settle(6);
    EXPECT_EQ(lanes_.readmit({6, {7, 0, 0}}), Admission::known);
}

TEST_F(ALongQueue, ThatEmptiesWhileAPassIsUnderWayIsReadByTheNextOne) {
    add({7, 0, 0}, 20);
    add({8, 0, 0}, 20);
    add({9, 0, 0});  // never goes
    for (const Position p : {1, 2, 3, 21, 22, 23}) settle(p);
    ASSERT_TRUE(scan(10)) << "of both";
    EXPECT_EQ(lanes_.size(), 2 + 3 + 2 + 1);
    for (Position p = 4; p <= 8; ++p) settle(p);
    while (scan()) continue;
    EXPECT_THAT(ready_, ElementsAre(9, 24, 41));
}

TEST_F(ALongQueue, IsNotReadForOneThatStandsBehindIt) {
    add({7, 0, 0}, 10'000);
    add({8, 0, 0}, 6);
    for (const Position p : {1, 2, 3, 10'001, 10'002, 10'003}) settle(p);
    while (scan()) continue;
    EXPECT_LT(scanned_, 40);
    EXPECT_EQ(lanes_.size(), 5 + 3);
    drain();
}

TEST_F(ALongQueue, OfManyPersonsComesBackInOrder) {
    for (int i = 0; i < 200; ++i) {
        for (std::uint64_t person = 1; person <= 50; ++person) add({person, 0, 0});
    }
    std::map<std::uint64_t, Position> latest;
    const auto keys = pending_;
    for (const Position position : drain()) {
        Position& before = latest[keys.at(position).person];
        ASSERT_LT(before, position);
        before = position;
    }
}

TEST_F(ALongQueue, GoesOnWhereTheJournalHasLostItsRecords) {
    add({7, 0, 0}, 5);
    add({7, anon_a, 0}, 10);
    for (Position p = 6; p <= 15; ++p) pending_.erase(p);
    drain();
    EXPECT_EQ(add({7, anon_a, 0}), Admission::ready);
}

TEST_F(ALongQueue, TakesNothingThatHasToWaitWhileMemoryIsScarce) {
    lanes_.set_scarce(true);
    EXPECT_EQ(add({7, 0, 0}), Admission::ready);
    EXPECT_EQ(add({7, 0, 0}), Admission::skipped);
    EXPECT_EQ(add({8, 0, 0}), Admission::ready);
    settle(1);
    ASSERT_TRUE(scan());
    EXPECT_THAT(ready_, ElementsAre(2, 3));
}

TEST_F(ALongQueue, IsFullOnceSoManyEventsArePending) {
    record::FullQueues full;
    lanes_.watch_queues(full, 8);
    add({7, 0, 0}, 7);
    EXPECT_FALSE(full.refuse({7, 0, 0}));
    add({7, 0, 0});
    EXPECT_TRUE(full.refuse({7, anon_a, 0})) << "skipped ones count too";
    EXPECT_FALSE(full.refuse({8, 7, 0})) << "it is counted as another's";
    EXPECT_TRUE(full.refuse({0, 7, 0}));
    settle(1);
    EXPECT_FALSE(full.refuse({7, 0, 0}));
    EXPECT_TRUE(full.empty());
    add({7, 0, 0}, 3);
    EXPECT_TRUE(full.refuse({7, 0, 0}));
    drain();
    EXPECT_TRUE(full.empty());
}

TEST_F(ALongQueue, IsLimitedAnewWhenTheLimitChanges) {
    record::FullQueues full;
    add({7, 0, 0}, 10);
    lanes_.watch_queues(full, 10);
    EXPECT_TRUE(full.refuse({7, 0, 0}));
    lanes_.watch_queues(full, 11);
    EXPECT_FALSE(full.refuse({7, 0, 0}));
    lanes_.watch_queues(full, 0);
    add({7, 0, 0}, 10);
    EXPECT_FALSE(full.refuse({7, 0, 0}));
}

class ALongerQueue : public ALongQueue {
protected:
    ALongerQueue() : ALongQueue({20, 1'000, 1'000'000}) {}
};

TEST_F(ALongerQueue, HoldsNobodyWhoMerelySharesAnIdOfTooManyPersons) {
    for (std::uint64_t person = 1; person <= 9; ++person) add({person, anon_a, 0});
    add({7, anon_a, 0}, 100);
    EXPECT_EQ(add({30, anon_a, 0}), Admission::ready);
    add({0, anon_a, 0}, 100);
    EXPECT_EQ(add({31, anon_a, 0}), Admission::ready);
    drain();
}

TEST_F(ALongQueue, HoldsUpNoMoreThanEightPersonsByAnIdThatTheyShare) {
    add({7, anon_a, 0}, 100);
    for (std::uint64_t person = 20; person < 28; ++person) EXPECT_EQ(add({person, anon_a, 0}), Admission::skipped);
    EXPECT_EQ(add({28, anon_a, 0}), Admission::ready);
    EXPECT_EQ(lanes_.shared_ids(), 1);
    EXPECT_TRUE(lanes_.is_shared(anon_a));
    EXPECT_EQ(add({0, anon_a, 0}), Admission::skipped) << "of nobody's events it still is the key";
    while (scan(1'000)) continue;
    EXPECT_EQ(ready_.size(), 10) << "the eight come back, though nothing of the queue has gone";
    drain();
    EXPECT_EQ(add({7, anon_a, 0}), Admission::ready);
    EXPECT_FALSE(lanes_.is_shared(anon_a));
}

class AQueueOfManyIds : public ALongQueue {
protected:
    AQueueOfManyIds() : ALongQueue({4, 1'000, 100, 1U << 16U}) {}
};

TEST_F(AQueueOfManyIds, StopsNobodyElseThoughNotEachIdCanBeKnown) {
    for (std::uint64_t i = 0; i < 2'000; ++i) add({7, 1'000'000 + i, 0});
    EXPECT_TRUE(lanes_.overflows());
    EXPECT_LE(lanes_.skipped_keys(), 102);
    EXPECT_EQ(add({8, 0, 0}), Admission::ready);
    EXPECT_EQ(add({0, 1'001'500, 0}), Admission::skipped) << "it must not overtake";
    EXPECT_EQ(add({9, 1'001'500, 0}), Admission::skipped);
    const auto order = drain();
    EXPECT_EQ(order.size(), 2'003);
    EXPECT_FALSE(lanes_.overflows());
    EXPECT_LT(std::ranges::find(order, Position{1'501}), std::ranges::find(order, Position{2'002}));
    EXPECT_LT(std::ranges::find(order, Position{2'002}), std::ranges::find(order, Position{2'003}));
    EXPECT_EQ(add({7, 0, 0}), Admission::ready);
}

TEST_F(AQueueOfManyIds, ComesBackOnceThoughItsRecordsAreSettledWhileTheyAreRead) {
    for (std::uint64_t i = 0; i < 200; ++i) add({7, 1'000'000 + i, 0});
    EXPECT_EQ(add({8, 0, 0}), Admission::ready);
    add({9, 0, 0});
    for (Position p = 1; p <= 5; ++p) settle(p);
    while (lanes_.skipped_keys() > 50) {
        while (scan() && lanes_.skipped_keys() > 50) continue;
        if (lanes_.skipped_keys() > 50) settle(*ready_.begin());
    }
    while (!ready_.empty() && *ready_.begin() < 100) settle(*ready_.begin());
    const auto from = lanes_.next_scan();
    ASSERT_TRUE(from);
    settle(201);
    EXPECT_EQ(lanes_.readmit({201, {8, 0, 0}}), Admission::known) << "it was delivered meanwhile";
    EXPECT_EQ(lanes_.readmit({202, {9, 0, 0}}), Admission::known) << "it is in memory";
}

class ALongChain : public ALongQueue {
protected:
    ALongChain() : ALongQueue({1'000, 2'000, 1'000'000}) {}

    // An alias a link: each person is the previous id of the next one.
    void add_chain(std::uint64_t links) {
        for (std::uint64_t i = 1; i <= links; ++i) add({i + 1, 0, i});
    }
};

TEST_F(ALongChain, OfAliasesStaysOnDiskToo) {
    add_chain(100'000);
    EXPECT_LE(lanes_.size(), 2'001);
    EXPECT_EQ(add({200'000, 0, 0}), Admission::ready);
    EXPECT_THAT(lanes_.foremost({2'001, 0, 0}), IsEmpty()) << "looks no further than a few";
    const auto order = drain();
    EXPECT_EQ(order.size(), 100'001);
    EXPECT_LE(most_in_memory_, 2'010);
    EXPECT_LT(scanned_, 300'000);
}

}  // namespace
}  // namespace pintle::schedule
