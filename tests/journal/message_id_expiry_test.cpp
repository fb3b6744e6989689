#include <chrono>

#include <gmock/gmock.h>

#include "pintle/base/time.hpp"
#include "rocksdb/message_id_expiry.hpp"

namespace pintle::journal {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr WallTime start{std::chrono::milliseconds(1'700'000'000'000)};

// What is due, as "source before seconds since the start".
std::vector<std::string> due(MessageIdExpiry& expiry) {
    std::vector<std::string> texts;
    for (const auto& [source, before] : expiry.due()) {
        texts.push_back(source + " " + std::to_string(std::chrono::floor<seconds>(before - start).count()));
    }
    return texts;
}

TEST(MessageIdExpiry, ExpiresIdsOlderThanTheWindowInSteps) {
    MessageIdExpiry expiry(hours(1), 1000, {});
    expiry.add("web", 1, start);
    EXPECT_THAT(due(expiry), IsEmpty());
    expiry.add("web", 1, start + minutes(1));
    EXPECT_THAT(due(expiry), IsEmpty());
    expiry.add("web", 1, start + minutes(2));
    EXPECT_THAT(due(expiry), ElementsAre("web -3480"));
    expiry.add("web", 1, start + minutes(3));
    EXPECT_THAT(due(expiry), IsEmpty());
}

TEST(MessageIdExpiry, ExpiresThoseOfSourcesThatStoppedSending) {
    MessageIdExpiry expiry(hours(1), 1000, {"gone"});
    expiry.add("once", 1, start);
    expiry.add("web", 1, start);
    EXPECT_THAT(due(expiry), IsEmpty());
    expiry.add("web", 1, start + minutes(40));
    EXPECT_THAT(due(expiry), UnorderedElementsAre("gone -1200", "once -1200", "web -1200"));
    expiry.add("web", 1, start + minutes(61));
    EXPECT_THAT(due(expiry), UnorderedElementsAre("gone 60", "once 60", "web 60"));
    expiry.add("web", 1, start + minutes(64));
    EXPECT_THAT(due(expiry), ElementsAre("web 240")) << "nothing is left of the others";
}

TEST(MessageIdExpiry, OverTheLimitExpiresTheOldestOfTheSourceWithTheMost) {
    MessageIdExpiry expiry(hours(1000), 6400, {});
    expiry.add("quiet", 50, start);
    for (int i = 0; i < 63; ++i) {
        expiry.add("loud", 100, start + seconds(i));
        EXPECT_THAT(due(expiry), IsEmpty()) << i;
    }
    expiry.add("loud", 100, start + seconds(63));
    EXPECT_THAT(due(expiry), ElementsAre("loud 1"));
    expiry.add("loud", 250, start + seconds(64));
    EXPECT_THAT(due(expiry), ElementsAre("loud 2", "loud 3"));
    expiry.add("quiet", 100, start + seconds(65));
    EXPECT_THAT(due(expiry), ElementsAre("loud 4"));
}

TEST(MessageIdExpiry, KeepsTheLatestSegmentWhateverItsSize) {
    MessageIdExpiry expiry(hours(1000), 6400, {});
    expiry.add("web", 10'000, start);
    EXPECT_THAT(due(expiry), IsEmpty());
    expiry.add("web", 10'000, start + seconds(1));
    EXPECT_THAT(due(expiry), ElementsAre("web 1"));
    EXPECT_THAT(due(expiry), IsEmpty());
}

TEST(MessageIdExpiry, AnEarlierTimeCountsAsTheLatest) {
    MessageIdExpiry expiry(hours(1), 1000, {});
    expiry.add("web", 1, start);
    EXPECT_THAT(due(expiry), IsEmpty());
    expiry.add("web", 1, start - hours(20));
    EXPECT_THAT(due(expiry), IsEmpty());
    expiry.add("web", 1, start + minutes(2));
    EXPECT_THAT(due(expiry), ElementsAre("web -3480"));
}

TEST(MessageIdExpiry, ExpiresNothingWithoutAWindow) {
    MessageIdExpiry expiry(hours(0), 1000, {});
    EXPECT_FALSE(expiry.enabled());
    expiry.add("web", 5'000'000, start);
    EXPECT_THAT(due(expiry), IsEmpty());
}

}  // namespace
}  // namespace pintle::journal
