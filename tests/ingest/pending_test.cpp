// Events of a person of whom too many are pending.

#include <gmock/gmock.h>

#include "ingest/call.hpp"
#include "ingest/reasons.hpp"
#include "mapping/key_hash.hpp"

namespace pintle::ingest {
namespace {

using ::testing::HasSubstr;
using testing::House;

class TooManyPending : public ::testing::Test {
protected:
    static Options options(const record::FullQueues& full) {
        Options options = House::default_options();
        options.sources[0].full_queues = &full;
        return options;
    }

    record::FullQueues full;
    House house{options(full)};
};

TEST_F(TooManyPending, AreAnsweredWith429) {
    full.add(mapping::key_hash("u"));
    const auto answer = house.post("/v1/track", R"({"type":"track","userId":"u","event":"e"})");
    EXPECT_EQ(answer.status, 429U);
    EXPECT_THAT(answer.body, HasSubstr(std::string(sentence(Reason::person_queue_full))));
    EXPECT_THAT(answer.headers, HasSubstr("Retry-After: "));
    full.remove(mapping::key_hash("u"));
    EXPECT_EQ(house.post("/v1/track", R"({"type":"track","userId":"u","event":"e"})").status, 200U);
}

TEST_F(TooManyPending, HaveTheirWholeBatchRefused) {
    full.add(mapping::key_hash("u"));
    const auto answer = house.post("/v1/batch", R"({"batch":[{"type":"track","userId":"v","event":"e"},)"
                                                R"({"type":"track","userId":"u","event":"e"}]})");
    EXPECT_EQ(answer.status, 429U);
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(counts.accepted, 0U);
    EXPECT_EQ(count::sum(counts.rejected), 2U);
}

TEST_F(TooManyPending, AreCountedByThePersonWhereThereIsOne) {
    full.add(mapping::key_hash("a"));
    const std::string of_person = R"({"type":"track","userId":"u","anonymousId":"a","event":"e"})";
    const std::string of_nobody = R"({"type":"track","anonymousId":"a","event":"e"})";
    EXPECT_EQ(house.post("/v1/track", of_person).status, 200U);
    EXPECT_EQ(house.post("/v1/track", of_nobody).status, 429U);
}

}  // namespace
}  // namespace pintle::ingest
