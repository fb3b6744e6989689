#include "app/inbox.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace pintle::app {
namespace {

using journal::Stored;

std::vector<journal::Position> taken(Inbox& inbox, journal::Position& last) {
    std::vector<Stored> records;
    inbox.take(records, last);
    std::vector<journal::Position> positions;
    for (const auto& record : records) positions.push_back(record.position);
    return positions;
}

TEST(Inbox, WakesItsOwnerOnceForAllThatComesBeforeItLooks) {
    Inbox inbox;
    std::vector<Stored> first{{1, "a"}, {2, "b"}};
    std::vector<Stored> second{{3, "c"}};
    EXPECT_TRUE(inbox.put(first));
    EXPECT_FALSE(inbox.put(second));
    journal::Position last = 0;
    EXPECT_THAT(taken(inbox, last), ::testing::ElementsAre(1, 2, 3));
    EXPECT_EQ(last, 3U);
    std::vector<Stored> third{{4, "d"}};
    EXPECT_TRUE(inbox.put(third));
}

TEST(Inbox, DropsWhatDoesNotFitButKnowsThatItCame) {
    Inbox inbox;
    std::vector<Stored> large{{1, std::string(Inbox::max_bytes + 1, 'x')}};
    std::vector<Stored> next{{2, "b"}};
    inbox.put(large);
    inbox.put(next);
    journal::Position last = 0;
    EXPECT_THAT(taken(inbox, last), ::testing::ElementsAre(1));
    EXPECT_EQ(last, 2U);
}

}  // namespace
}  // namespace pintle::app
