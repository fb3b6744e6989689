#include <gmock/gmock.h>

#include "call.hpp"
#include "pintle/events/event_stream.hpp"

namespace pintle::testing {
namespace {

using events::Outcome;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AnOutcomeReporter : public ::testing::Test {
protected:
    std::vector<Outcome> outcomes() const {
        std::vector<Outcome> all;
        for (const auto& shown : event_stream.recent({}, 100)) all.push_back(shown->outcome);
        return all;
    }

    events::EventStream event_stream;
    IngestFixture fixture{IngestFixture::default_options(), {}, &event_stream};
};

TEST_F(AnOutcomeReporter, ShowsARejectedRequestWithItsBodyAndReason) {
    fixture.post("/v1/track", R"({"userId":"ada"})");
    const auto all = event_stream.recent({}, 100);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0]->outcome, Outcome::rejected);
    EXPECT_EQ(all[0]->user, "ada");
    EXPECT_EQ(all[0]->event, R"({"userId":"ada"})");
    EXPECT_EQ(all[0]->source, "default");
    EXPECT_EQ(all[0]->reason, Reason::event_name_missing);
    EXPECT_EQ(all[0]->message, sentence(Reason::event_name_missing));
}

TEST_F(AnOutcomeReporter, DoesNotShowUnauthenticatedBodies) {
    fixture.call({boost::beast::http::verb::post, "/v1/track", "", {{"X-Write-Key", "wrong"}}, R"({"userId":"eve"})"});
    fixture.call({boost::beast::http::verb::post, "/v1/track", "", {}, R"({"userId":"eve","writeKey":"wrong"})"});
    const auto all = event_stream.recent({}, 100);
    ASSERT_EQ(all.size(), 2U);
    for (const auto& shown : all) EXPECT_EQ(shown->event, "");
}

TEST_F(AnOutcomeReporter, ShowsWhatIsDropped) {
    fixture.post("/v1/identify", R"({"userId":"u","integrations":{"All":false}})");
    EXPECT_THAT(outcomes(), ElementsAre(Outcome::dropped));
    fixture.post("/v1/identify", R"({"userId":"u","messageId":"m"})");
    fixture.post("/v1/identify", R"({"userId":"u","messageId":"m"})");
    EXPECT_THAT(outcomes(), ElementsAre(Outcome::dropped, Outcome::dropped));
}

}  // namespace
}  // namespace pintle::testing
