#include "commit_queue.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "records.hpp"

namespace pintle::delivery {
namespace {

using ::testing::ElementsAre;

std::vector<PendingRecord> records_of(std::vector<std::pair<journal::Offset, std::size_t>> offsets_and_sizes) {
    std::vector<PendingRecord> records;
    for (const auto& [offset, size] : offsets_and_sizes) records.push_back(record_of_size(offset, size));
    return records;
}

std::vector<journal::Offset> taken(CommitQueue& queue, journal::Offset& last) {
    std::vector<PendingRecord> records;
    queue.take(records, last);
    std::vector<journal::Offset> offsets;
    for (const auto& record : records) offsets.push_back(record.offset());
    return offsets;
}

TEST(CommitQueue, WakesTheWorkerOnceForAllCommitsUntilItTakesThem) {
    CommitQueue queue;
    auto first = records_of({{1, 100}, {2, 100}});
    auto second = records_of({{3, 100}});
    EXPECT_TRUE(queue.put(first, 2));
    EXPECT_FALSE(queue.put(second, 3));
    journal::Offset last = 0;
    EXPECT_THAT(taken(queue, last), ElementsAre(1, 2, 3));
    EXPECT_EQ(last, 3);
    auto third = records_of({{4, 100}});
    EXPECT_TRUE(queue.put(third, 4));
}

TEST(CommitQueue, DropsRecordsForWhichItHasNoRoomButKnowsTheLastOffset) {
    CommitQueue queue;
    auto large = records_of({{1, CommitQueue::max_bytes + 1}});
    auto next = records_of({{2, 100}});
    queue.put(large, 1);
    queue.put(next, 2);
    journal::Offset last = 0;
    EXPECT_THAT(taken(queue, last), ElementsAre(1));
    EXPECT_EQ(last, 2);
}

TEST(CommitQueue, TakesTheLastOffsetOfACommitWithoutReadableRecords) {
    CommitQueue queue;
    EXPECT_TRUE(queue.put({}, 7));
    journal::Offset last = 0;
    EXPECT_THAT(taken(queue, last), ElementsAre());
    EXPECT_EQ(last, 7);
}

}  // namespace
}  // namespace pintle::delivery
