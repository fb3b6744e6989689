#include "delivery_wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "status_documents.hpp"

namespace pintle::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DeliveryWait, ADestinationIsBehindWhileItsOldestEventIsOldEnough) {
    auto document = status_document();
    auto& destination = document["destinations"][0];
    EXPECT_THAT(destinations_behind(read(document), 89), ElementsAre("customerio"));
    EXPECT_THAT(destinations_behind(read(document), 90), ElementsAre("customerio"));
    EXPECT_THAT(destinations_behind(read(document), 91), IsEmpty()) << "all pending events came later";
    destination["backlog_events"] = 0;
    destination["backlog_oldest_age_seconds"] = 0;
    EXPECT_THAT(destinations_behind(read(document), 0), IsEmpty());
}

TEST(DeliveryWait, ADeadLetterThatIsBeingWrittenIsWaitedFor) {
    auto document = status_document();
    document["destinations"][0]["backlog_events"] = 0;
    document["destinations"][0]["dead_letters_uncommitted"] = 1;
    EXPECT_THAT(destinations_behind(read(document), 0), ElementsAre("customerio"));
}

TEST(DeliveryWait, ABacklogOfUnknownAgeIsBehind) {
    auto document = status_document();
    document["destinations"][0]["backlog_oldest_age_seconds"] = nullptr;
    EXPECT_THAT(destinations_behind(read(document), 1000), ElementsAre("customerio"));
}

TEST(DeliveryWait, WithoutADaemonItEndsWithAnError) {
    const auto result = await_delivery({"127.0.0.1", "1", ""}, std::chrono::seconds(0));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().status, 0U);
}

}  // namespace
}  // namespace pintle::cli
