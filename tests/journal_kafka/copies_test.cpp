#include "kafka/copies.hpp"

#include <vector>

#include <gmock/gmock.h>

#include "intervals.hpp"

namespace pintle::journal::kafka {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<PendingEvent> pending(const Intervals& acked, const Copies& copies, Offset from, Offset end) {
    PendingEvents events(acked, copies, from, end);
    std::vector<PendingEvent> found;
    while (const auto event = events.next()) found.push_back(*event);
    return found;
}

// All records before `end` are acked, but for the pending ones.
Intervals acked_but(const std::vector<Offset>& pending, Offset end) {
    Intervals acked;
    Offset begin = 0;
    for (const auto offset : pending) {
        acked.add(Range{begin, offset});
        begin = offset + 1;
    }
    acked.add(Range{begin, end});
    return acked;
}

TEST(Copies, AnEventWithoutACopyIsItsOwnRecord) {
    const Copies copies;
    EXPECT_EQ(copies.record_of(7), 7);
    EXPECT_EQ(copies.event_of(7), 7);
    EXPECT_FALSE(copies.is_copy(7));
}

TEST(Copies, TheLatestCopyIsTheEventsRecord) {
    Copies copies;
    copies.move(7, 100);
    copies.move(100, 200);
    EXPECT_EQ(copies.record_of(7), 200);
    EXPECT_EQ(copies.event_of(200), 7);
    EXPECT_FALSE(copies.is_copy(100));
    copies.move(200, 100);
    EXPECT_EQ(copies.record_of(7), 100);
    copies.move(100, 7);
    EXPECT_THAT(copies.events(), IsEmpty());
    EXPECT_THAT(copies.records(), IsEmpty());
}

TEST(Copies, EventsAreForgottenByTheirLatestCopies) {
    Copies copies;
    copies.move(7, 100);
    copies.move(3, 101);
    copies.move(5, 102);
    copies.erase({100, 102});
    EXPECT_EQ(copies.record_of(7), 7);
    EXPECT_EQ(copies.record_of(3), 3);
    EXPECT_EQ(copies.record_of(5), 102);
}

TEST(PendingEvents, AreWalkedInTheOrderOfTheirFirstRecords) {
    Copies copies;
    copies.move(2, 11);
    copies.move(5, 10);
    const auto acked = acked_but({3, 8, 10, 11, 12}, 14);
    EXPECT_THAT(pending(acked, copies, 0, 14), ElementsAre(PendingEvent{2, 11}, PendingEvent{3, 3}, PendingEvent{5, 10},
                                                           PendingEvent{8, 8}, PendingEvent{12, 12}));
    EXPECT_THAT(pending(acked, copies, 4, 12), ElementsAre(PendingEvent{5, 10}, PendingEvent{8, 8}));
    EXPECT_THAT(pending(acked, copies, 13, 14), IsEmpty());
}

TEST(PendingEvents, CopiesThatAreAckedAreLeftOut) {
    Copies copies;
    copies.move(2, 10);
    copies.move(5, 11);
    EXPECT_THAT(pending(acked_but({11}, 12), copies, 0, 12), ElementsAre(PendingEvent{5, 11}));
}

constexpr CopyRule rule{.min_records = 4'000, .min_bytes = 400'000, .max_events = 6};

TEST(EventsToCopy, AreThePendingOnesOfTheOldestQuarter) {
    const auto acked = acked_but({1'000, 1'500, 1'999, 2'000, 4'999}, 5'000);
    EXPECT_THAT(find_events_to_copy(acked, {}, 5'000, 100, rule),
                ElementsAre(PendingEvent{1'000, 1'000}, PendingEvent{1'500, 1'500}, PendingEvent{1'999, 1'999}));
}

TEST(EventsToCopy, AreNoneWhereLittleIsKept) {
    const auto acked = acked_but({1'000}, 5'000);
    EXPECT_THAT(find_events_to_copy(acked, {}, 4'999, 100, rule), IsEmpty());
    EXPECT_THAT(find_events_to_copy(acked, {}, 5'000, 99, rule), IsEmpty());
    EXPECT_THAT(find_events_to_copy(acked, {}, 5'000, 100, rule), SizeIs(1));
    EXPECT_THAT(find_events_to_copy(acked_but({}, 5'000), {}, 5'000, 100, rule), IsEmpty());
}

TEST(EventsToCopy, AreLessThanOnePercentOfTheQuarter) {
    std::vector<Offset> events;
    for (Offset event = 0; event < 9; ++event) events.push_back(event);
    EXPECT_THAT(find_events_to_copy(acked_but(events, 4'000), {}, 4'000, 100, rule), SizeIs(rule.max_events));
    events.push_back(999);
    EXPECT_THAT(find_events_to_copy(acked_but(events, 4'000), {}, 4'000, 100, rule), IsEmpty());
    EXPECT_THAT(find_events_to_copy(acked_but(events, 4'004), {}, 4'004, 100, rule), SizeIs(rule.max_events));
}

TEST(EventsToCopy, ComeByTheirOffsetsAlsoIfTheyHaveCopies) {
    Copies copies;
    copies.move(3, 1'100);
    const auto acked = acked_but({1'000, 1'100}, 5'000);
    EXPECT_THAT(find_events_to_copy(acked, copies, 5'000, 100, rule),
                ElementsAre(PendingEvent{3, 1'100}, PendingEvent{1'000, 1'000}));
}

TEST(EventsToCopy, AreNoneOfAnOutage) {
    EXPECT_THAT(find_events_to_copy({}, {}, 1'000'000, 1'000, rule), IsEmpty());
}

}  // namespace
}  // namespace pintle::journal::kafka
