#include <gmock/gmock.h>

#include "call.hpp"
#include "pintle/events/event_stream.hpp"

namespace pintle::testing {
namespace {

using events::Outcome;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AWitness : public ::testing::Test {
protected:
    std::vector<Outcome> outcomes() const {
        std::vector<Outcome> all;
        for (const auto& shown : feed.recent({}, 100)) all.push_back(shown->outcome);
        return all;
    }

    events::EventStream feed;
    IngestFixture fixture{IngestFixture::default_options(), {}, &feed};
};

TEST_F(AWitness, ShowsARejectedRequestWithItsBodyAndReason) {
    fixture.post("/v1/track", R"({"userId":"ada"})");
    const auto all = feed.recent({}, 100);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0]->outcome, Outcome::rejected);
    EXPECT_EQ(all[0]->user, "ada");
    EXPECT_EQ(all[0]->event, R"({"userId":"ada"})");
    EXPECT_EQ(all[0]->source, "default");
    EXPECT_EQ(all[0]->reason, Reason::event_name_missing);
    EXPECT_EQ(all[0]->message, sentence(Reason::event_name_missing));
}

TEST_F(AWitness, DoesNotShowWhatAStrangerSends) {
    fixture.call({boost::beast::http::verb::post, "/v1/track", "", {{"X-Write-Key", "wrong"}}, R"({"userId":"eve"})"});
    fixture.call({boost::beast::http::verb::post, "/v1/track", "", {}, R"({"userId":"eve","writeKey":"wrong"})"});
    const auto all = feed.recent({}, 100);
    ASSERT_EQ(all.size(), 2U);
    for (const auto& shown : all) EXPECT_EQ(shown->event, "");
}

TEST_F(AWitness, ShowsWhatIsDroppedAndWhatDiesAtOnce) {
    fixture.post("/v1/batch", R"({"batch":[{"type":"track","userId":"u"},)"
                              R"({"type":"identify","userId":"u","integrations":{"All":false}}]})");
    EXPECT_THAT(outcomes(), ElementsAre(Outcome::dead_letter, Outcome::dropped));
    fixture.post("/v1/identify", R"({"userId":"u","messageId":"m"})");
    fixture.post("/v1/identify", R"({"userId":"u","messageId":"m"})");
    EXPECT_THAT(outcomes(), ElementsAre(Outcome::dropped, Outcome::dead_letter, Outcome::dropped));
}

TEST_F(AWitness, SaysNothingOfADeadLetterThatTheDiskDidNotTake) {
    auto answer = fixture.begin({boost::beast::http::verb::post,
                                 "/v1/batch",
                                 "",
                                 {{"X-Write-Key", "key"}},
                                 R"({"batch":[{"type":"track","userId":"u"}]})"});
    fixture.journal.commit(make_error_code(boost::system::errc::io_error));
    fixture.ack();
    EXPECT_EQ(answer->value().status, 503U);
    EXPECT_THAT(outcomes(), IsEmpty());
}

}  // namespace
}  // namespace pintle::testing
