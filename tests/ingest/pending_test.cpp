// Events of a person of whom too many are pending.

#include <gmock/gmock.h>

#include "call.hpp"
#include "pintle/customerio/key_hash.hpp"
#include "reasons.hpp"

namespace pintle::ingest {
namespace {

using ::testing::HasSubstr;
using testing::IngestFixture;

class TooManyPending : public ::testing::Test {
protected:
    static Options options(std::shared_ptr<const journal::FullQueues> full) {
        Options options = IngestFixture::default_options();
        options.sources[0].destinations[0].full_queues = std::move(full);
        return options;
    }

    const std::shared_ptr<journal::FullQueues> full = std::make_shared<journal::FullQueues>();
    IngestFixture fixture{options(full)};
};

TEST_F(TooManyPending, AreAnsweredWith429) {
    full->add(customerio::key_hash("u"));
    const auto answer = fixture.post("/v1/track", R"({"type":"track","userId":"u","event":"e"})");
    EXPECT_EQ(answer.status, 429U);
    EXPECT_THAT(answer.body, HasSubstr(std::string(sentence(Reason::person_queue_full))));
    EXPECT_THAT(answer.headers, HasSubstr("Retry-After: "));
    full->remove(customerio::key_hash("u"));
    EXPECT_EQ(fixture.post("/v1/track", R"({"type":"track","userId":"u","event":"e"})").status, 200U);
}

TEST_F(TooManyPending, RejectTheirWholeBatch) {
    full->add(customerio::key_hash("u"));
    const auto answer = fixture.post("/v1/batch", R"({"batch":[{"type":"track","userId":"v","event":"e"},)"
                                                  R"({"type":"track","userId":"u","event":"e"}]})");
    EXPECT_EQ(answer.status, 429U);
    const auto counts = fixture.ingest.counts().sources.at(0);
    EXPECT_EQ(counts.destinations.at(0).accepted, 0U);
    EXPECT_EQ(stats::sum(counts.rejected), 2U);
}

TEST_F(TooManyPending, AreCountedByThePersonWhereThereIsOne) {
    full->add(customerio::key_hash("a"));
    const std::string of_person = R"({"type":"track","userId":"u","anonymousId":"a","event":"e"})";
    const std::string of_nobody = R"({"type":"track","anonymousId":"a","event":"e"})";
    EXPECT_EQ(fixture.post("/v1/track", of_person).status, 200U);
    EXPECT_EQ(fixture.post("/v1/track", of_nobody).status, 429U);
}

}  // namespace
}  // namespace pintle::ingest
