#include "pintle/delivery/worker_counts.hpp"

#include <gtest/gtest.h>

namespace pintle::delivery {
namespace {

bool has(const stats::ReasonSet& set, Reason reason) {
    return set.test(static_cast<std::size_t>(reason));
}

const customerio::Options defaults;

TEST(WorkerCounts, OfferTheDeadLettersThatCanFollowAnAcceptance) {
    const auto v1 = possible_dead_letters(defaults);
    for (const auto reason :
         {Reason::rejected_400, Reason::too_old, Reason::unreadable_record, Reason::event_name_missing})
        EXPECT_TRUE(has(v1, reason)) << code(reason);
    for (const auto reason : {Reason::invalid_json, Reason::event_too_large, Reason::journal_full, Reason::rate_limited,
                              Reason::duplicate, Reason::unknown}) {
        EXPECT_FALSE(has(v1, reason)) << code(reason);
    }
    EXPECT_FALSE(has(v1, Reason::batch_item_too_large));
    customerio::Options v2;
    v2.api_version = customerio::ApiVersion::v2;
    EXPECT_TRUE(has(possible_dead_letters(v2), Reason::batch_item_too_large));
}

TEST(WorkerCounts, OfferTheReasonsOfSemanticEventsThatAreConfigured) {
    customerio::Options options;
    options.semantic_events.set(static_cast<std::size_t>(customerio::SemanticEvent::user_deleted));
    EXPECT_TRUE(has(possible_dead_letters(options), Reason::user_deleted_person_missing));
    EXPECT_FALSE(has(possible_dead_letters(options), Reason::user_suppressed_person_missing));
    EXPECT_FALSE(has(possible_dead_letters(defaults), Reason::user_deleted_person_missing));
}

TEST(WorkerCounts, OfferEveryCauseOfARetryThatAStatusHas) {
    for (int status = 0; status < 600; ++status)
        EXPECT_TRUE(has(possible_retry_causes(), retry_cause_of(status))) << status;
    EXPECT_FALSE(has(possible_retry_causes(), Reason::rejected_400));
}

TEST(WorkerCounts, OfferEveryRejectionThatAStatusHas) {
    for (int status = 200; status < 500; ++status)
        EXPECT_TRUE(has(possible_dead_letters(defaults), rejection_of(status))) << status;
}

}  // namespace
}  // namespace pintle::delivery
