#include "pending_record.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "records.hpp"

namespace pintle::delivery {
namespace {

TEST(PendingRecord, KnowsItsPartsAlsoAfterItWasMoved) {
    journal::Record record;
    record.source = "web";
    record.destination = "customerio";
    record.received = WallTime(std::chrono::seconds(1));
    record.replayed = WallTime(std::chrono::seconds(2));
    record.message = {1, 2, 3};
    record.keys = {4, 5, 6};
    record.event = R"({"type":"track"})";
    journal::StoredRecord stored{7, {}};
    journal::encode(record, stored.bytes);
    const auto size = stored.bytes.size();
    auto decoded = PendingRecord::decode(stored);
    ASSERT_TRUE(decoded);
    const PendingRecord moved = std::move(*decoded);
    EXPECT_EQ(moved.offset(), 7);
    EXPECT_EQ(moved.size(), size);
    EXPECT_EQ(moved.source(), "web");
    EXPECT_EQ(moved.event(), R"({"type":"track"})");
    EXPECT_EQ(moved.received(), record.received);
    EXPECT_EQ(moved.queued(), record.replayed);
    EXPECT_EQ(moved.message_id(), record.message);
    EXPECT_EQ(moved.keys().person, 4);
    EXPECT_EQ(moved.keys().anonymous, 5);
    EXPECT_EQ(moved.keys().previous, 6);
}

TEST(PendingRecord, LeavesBytesThatAreNoRecord) {
    journal::StoredRecord stored{7, "no record"};
    EXPECT_FALSE(PendingRecord::decode(stored));
    EXPECT_EQ(stored.bytes, "no record");
}

}  // namespace
}  // namespace pintle::delivery
