#include "event_outcomes.hpp"

#include <gtest/gtest.h>

namespace pintle::ingest {
namespace {

using Kind = EventOutcomes::Kind;

TEST(EventOutcomes, AreListedByReason) {
    EventOutcomes outcomes;
    outcomes.track(5);
    outcomes.note(0, Kind::accepted);
    outcomes.note(1, Kind::dropped, Reason::duplicate);
    outcomes.note(2, Kind::dead_letter, Reason::event_name_missing);
    outcomes.note(3, Kind::dropped, Reason::duplicate);
    outcomes.note(4, Kind::dropped, Reason::filtered);
    EXPECT_EQ(
        outcomes.json(),
        R"({"accepted":1,"dropped":{"duplicate":[1,3],"filtered":[4]},"dead_letters":{"event_name_missing":[2]}})");
}

TEST(EventOutcomes, OfSeveralDestinationsTheWorstCountsAndThenADelivery) {
    EventOutcomes outcomes;
    outcomes.track(3);
    outcomes.note(0, Kind::dropped, Reason::duplicate);
    outcomes.note(0, Kind::accepted);
    outcomes.note(1, Kind::accepted);
    outcomes.note(1, Kind::dead_letter, Reason::event_name_missing);
    outcomes.note(1, Kind::dropped, Reason::filtered);
    outcomes.note(2, Kind::dropped, Reason::filtered);
    outcomes.note(2, Kind::dropped, Reason::duplicate);
    EXPECT_EQ(outcomes.json(),
              R"({"accepted":1,"dropped":{"filtered":[2]},"dead_letters":{"event_name_missing":[1]}})");
}

TEST(EventOutcomes, AreNotKeptForWhoDoesNotAsk) {
    EventOutcomes outcomes;
    outcomes.note(7, Kind::accepted);
    EXPECT_FALSE(outcomes.tracked());
}

}  // namespace
}  // namespace pintle::ingest
