#include "intervals.hpp"

#include <limits>
#include <random>
#include <set>

#include <gmock/gmock.h>

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Intervals set_of(std::initializer_list<Range> ranges) {
    Intervals set;
    for (const auto& range : ranges) set.add(range);
    return set;
}

TEST(Intervals, GrowIntoOneWhereTheyTouch) {
    Intervals set;
    for (const Offset offset : {3, 1, 5, 4, 2}) EXPECT_TRUE(set.add(offset));
    EXPECT_THAT(set.ranges(), ElementsAre(Range{1, 6}));
    EXPECT_EQ(set.size(), 5);
}

TEST(Intervals, RejectAnOffsetThatIsInTheSet) {
    auto set = set_of({{1, 4}, {7, 8}});
    for (const Offset offset : {1, 2, 3, 7}) EXPECT_FALSE(set.add(offset));
    EXPECT_EQ(set.size(), 4);
}

TEST(Intervals, MergeTheRangesThatALargerOneCovers) {
    auto set = set_of({{2, 4}, {6, 8}, {10, 12}});
    set.add(Range{3, 10});
    EXPECT_THAT(set.ranges(), ElementsAre(Range{2, 12}));
    EXPECT_EQ(set.size(), 10);
}

TEST(Intervals, FindTheNextOffsetOutsideAndInside) {
    const auto set = set_of({{1, 4}, {6, 8}});
    EXPECT_EQ(set.first_outside(1), 4);
    EXPECT_EQ(set.first_outside(5), 5);
    EXPECT_EQ(set.first_inside(4), 6);
    EXPECT_EQ(set.first_inside(7), 7);
    EXPECT_EQ(set.first_inside(8), std::numeric_limits<Offset>::max());
}

TEST(Intervals, KnowWhatIsMissingWithinARange) {
    const auto set = set_of({{2, 4}, {6, 8}});
    EXPECT_THAT(set.missing({1, 10}), ElementsAre(Range{1, 2}, Range{4, 6}, Range{8, 10}));
    EXPECT_THAT(set.missing({2, 4}), IsEmpty());
    EXPECT_THAT(set.missing({3, 5}), ElementsAre(Range{4, 5}));
}

TEST(Intervals, ComeBackAsTheyWereEncoded) {
    const auto set = set_of({{1, 1'000'000}, {1'000'001, 1'000'002}, {5'000'000'000, 5'000'000'300}});
    const auto decoded = Intervals::decode(set.encode());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->ranges(), set.ranges());
    EXPECT_EQ(decoded->size(), set.size());
}

TEST(Intervals, AreNotReadFromDamagedBytes) {
    const auto bytes = set_of({{1, 300}, {500, 9000}}).encode();
    EXPECT_FALSE(Intervals::decode(bytes.substr(0, bytes.size() - 1)));
    EXPECT_FALSE(Intervals::decode(std::string("\x01\x00", 2))) << "an empty range";
    EXPECT_FALSE(Intervals::decode(std::string(11, '\xFF'))) << "a number of more than 64 bits";
}

TEST(Intervals, HoldWhatAPlainSetHoldsWhateverTheOrder) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 200; ++round) {
        Intervals set;
        std::set<Offset> reference;
        for (int step = 0; step < 200; ++step) {
            const Offset offset = 1 + random() % 120;
            EXPECT_EQ(set.add(offset), reference.insert(offset).second);
            if (random() % 20 == 0) {
                const Offset end = offset + random() % 15;
                set.add(Range{offset, end});
                for (auto p = offset; p < end; ++p) reference.insert(p);
            }
        }
        ASSERT_EQ(set.size(), reference.size());
        for (Offset p = 1; p < 140; ++p) ASSERT_EQ(set.contains(p), reference.contains(p)) << p;
    }
}

TEST(DueForDeletion, WaitsUntilThereIsEnoughBelowTheLowestUnackedRecord) {
    EXPECT_THAT(due_for_deletion(set_of({{1, 100}}), {}, 100), IsEmpty());
    EXPECT_THAT(due_for_deletion(set_of({{1, 101}}), {}, 100), ElementsAre(Range{1, 101}));
}

TEST(DueForDeletion, GoesOnWhereTheLastDeletionEnded) {
    EXPECT_THAT(due_for_deletion(set_of({{1, 301}}), set_of({{1, 101}}), 100), ElementsAre(Range{101, 301}));
}

TEST(DueForDeletion, TakesLongRunsAboveAStuckRecord) {
    EXPECT_THAT(due_for_deletion(set_of({{2, 900}, {950, 3000}}), {}, 1), ElementsAre(Range{950, 3000}));
}

TEST(DueForDeletion, TakesWhatIsLeftBetweenDeletionsOnceItIsBelowTheLowest) {
    const auto acked = set_of({{1, 4000}});
    const auto deleted = set_of({{1, 1001}, {1005, 3500}});
    EXPECT_THAT(due_for_deletion(acked, deleted, 1000), ElementsAre(Range{1001, 1005}));
}

}  // namespace
}  // namespace pintle::journal
