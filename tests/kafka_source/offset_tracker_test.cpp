#include "offset_tracker.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "settings.hpp"

namespace pintle::kafka_source {
namespace {

using kafka::TopicPartition;
using ::testing::Optional;

const TopicPartition one{"shop", 1};
const TopicPartition other{"shop", 2};

TEST(OffsetTracker, CommitsBehindTheOldestRecordThatIsNotDone) {
    OffsetTracker tracker;
    const auto assignment = tracker.assign(one);
    for (const auto offset : {5, 6, 7, 8}) tracker.read(one, assignment, offset);
    EXPECT_EQ(tracker.next(one), std::nullopt);
    EXPECT_THAT(tracker.position(one), Optional(5));
    EXPECT_EQ(tracker.done(one, assignment, 7), std::nullopt);
    EXPECT_EQ(tracker.done(one, assignment, 6), std::nullopt);
    EXPECT_THAT(tracker.done(one, assignment, 5), Optional(8));
    EXPECT_EQ(tracker.in_flight(one), 1U);
    EXPECT_THAT(tracker.done(one, assignment, 8), Optional(9));
    EXPECT_THAT(tracker.next(one), Optional(9));
    EXPECT_THAT(tracker.position(one), Optional(9));
    EXPECT_EQ(tracker.in_flight(one), 0U);
}

TEST(OffsetTracker, SkipsOffsetsThatATopicDoesNotHave) {
    OffsetTracker tracker;
    const auto assignment = tracker.assign(one);
    for (const auto offset : {5, 90, 91}) tracker.read(one, assignment, offset);
    EXPECT_THAT(tracker.done(one, assignment, 5), Optional(6));
    EXPECT_EQ(tracker.done(one, assignment, 50), std::nullopt) << "nobody read it";
    EXPECT_THAT(tracker.done(one, assignment, 90), Optional(91));
}

TEST(OffsetTracker, KeepsPartitionsApart) {
    OffsetTracker tracker;
    const auto first = tracker.assign(one);
    const auto second = tracker.assign(other);
    tracker.read(one, first, 5);
    tracker.read(other, second, 5);
    EXPECT_THAT(tracker.done(other, second, 5), Optional(6));
    EXPECT_EQ(tracker.next(one), std::nullopt);
}

TEST(OffsetTracker, ForgetsWhatWasInFlightWhenThePartitionWent) {
    OffsetTracker tracker;
    const auto before = tracker.assign(one);
    tracker.read(one, before, 5);
    tracker.revoke(one);
    EXPECT_EQ(tracker.done(one, before, 5), std::nullopt);
    const auto after = tracker.assign(one);
    tracker.read(one, after, 5);
    tracker.read(one, after, 6);
    EXPECT_EQ(tracker.done(one, before, 5), std::nullopt) << "the new assignment's record 5 is not done";
    tracker.read(one, before, 7);
    EXPECT_EQ(tracker.in_flight(one), 2U);
    EXPECT_THAT(tracker.done(one, after, 5), Optional(6));
}

TEST(OffsetTracker, ARepeatedAssignmentBeginsAnew) {
    OffsetTracker tracker;
    const auto before = tracker.assign(one);
    tracker.read(one, before, 5);
    EXPECT_THAT(tracker.done(one, before, 5), Optional(6));
    const auto after = tracker.assign(one);
    EXPECT_EQ(tracker.next(one), std::nullopt);
    tracker.read(one, after, 3);
    EXPECT_THAT(tracker.done(one, after, 3), Optional(4));
}

// Random reads, ends in any order, revocations and assignments of three partitions. What is committed is checked
// against all offsets of the present assignment: everything before it is done, and it does not shrink.
TEST(OffsetTracker, NeverCommitsARecordThatIsNotDone) {
    struct Model {
        OffsetTracker::Assignment assignment = 0;
        std::set<std::int64_t> open;
        std::vector<std::int64_t> read;
        std::optional<std::int64_t> committed;
    };
    const auto seed = test_setting("PINTLE_TEST_SEED", 1);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    OffsetTracker tracker;
    std::map<std::int32_t, Model> models;
    std::vector<std::pair<TopicPartition, std::pair<OffsetTracker::Assignment, std::int64_t>>> in_flight;
    for (int step = 0; step < 200'000; ++step) {
        const TopicPartition partition{"shop", static_cast<std::int32_t>(below(3))};
        const auto found = models.find(partition.number);
        const auto action = below(100);
        if (action == 0) {
            models[partition.number] = Model{tracker.assign(partition), {}, {}, {}};
        } else if (action == 1) {
            tracker.revoke(partition);
            models.erase(partition.number);
        } else if (action < 50 && found != models.end()) {
            auto& model = found->second;
            const auto offset = (model.read.empty() ? static_cast<std::int64_t>(below(10)) : model.read.back()) + 1 +
                                static_cast<std::int64_t>(below(3));
            tracker.read(partition, model.assignment, offset);
            model.read.push_back(offset);
            model.open.insert(offset);
            in_flight.push_back({partition, {model.assignment, offset}});
        } else if (!in_flight.empty()) {
            const auto i = below(in_flight.size());
            const auto [name, record] = in_flight[i];
            in_flight[i] = in_flight.back();
            in_flight.pop_back();
            const auto next = tracker.done(name, record.first, record.second);
            const auto model = models.find(name.number);
            if (model == models.end() || model->second.assignment != record.first) {
                ASSERT_EQ(next, std::nullopt) << step;
                continue;
            }
            auto& [assignment, open, read, committed] = model->second;
            open.erase(record.second);
            const auto oldest = open.empty() ? read.back() + 1 : *open.begin();
            std::optional<std::int64_t> expected = committed;
            for (const auto offset : read) {
                if (offset < oldest) expected = offset + 1;
            }
            ASSERT_EQ(next, expected == committed ? std::nullopt : expected) << step;
            committed = expected;
            ASSERT_EQ(tracker.next(name), committed) << step;
            if (read.size() > 100 && open.empty()) read.erase(read.begin(), read.end() - 1);
        }
    }
}

}  // namespace
}  // namespace pintle::kafka_source
