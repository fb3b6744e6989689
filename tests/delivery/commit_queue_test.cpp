#include "pintle/delivery/commit_queue.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace pintle::delivery {
namespace {

using journal::StoredRecord;

std::vector<journal::Offset> taken(CommitQueue& inbox, journal::Offset& last) {
    std::vector<StoredRecord> records;
    inbox.take(records, last);
    std::vector<journal::Offset> offsets;
    for (const auto& record : records) offsets.push_back(record.offset);
    return offsets;
}

TEST(CommitQueue, WakesItsOwnerOnceForAllThatComesBeforeItLooks) {
    CommitQueue inbox;
    std::vector<StoredRecord> first{{1, "a"}, {2, "b"}};
    std::vector<StoredRecord> second{{3, "c"}};
    EXPECT_TRUE(inbox.put(first));
    EXPECT_FALSE(inbox.put(second));
    journal::Offset last = 0;
    EXPECT_THAT(taken(inbox, last), ::testing::ElementsAre(1, 2, 3));
    EXPECT_EQ(last, 3U);
    std::vector<StoredRecord> third{{4, "d"}};
    EXPECT_TRUE(inbox.put(third));
}

TEST(CommitQueue, DropsWhatDoesNotFitButKnowsThatItCame) {
    CommitQueue inbox;
    std::vector<StoredRecord> large{{1, std::string(CommitQueue::max_bytes + 1, 'x')}};
    std::vector<StoredRecord> next{{2, "b"}};
    inbox.put(large);
    inbox.put(next);
    journal::Offset last = 0;
    EXPECT_THAT(taken(inbox, last), ::testing::ElementsAre(1));
    EXPECT_EQ(last, 2U);
}

}  // namespace
}  // namespace pintle::delivery
