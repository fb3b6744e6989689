#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "call.hpp"

namespace pintle::ingest {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IngestFixture;
using ::testing::SizeIs;

json event_of(const IngestFixture& fixture, std::size_t index = 0) {
    return json::parse(fixture.events().at(index));
}

TEST(Bodies, BadJsonIs400AndNothingIsKept) {
    for (const char* body : {"", "   ", "{", "nonsense", "[", R"({"userId":"u","event":"e"} x)",
                             R"({"userId":"u","event":"e",})", "{\"userId\":\"\xff\",\"event\":\"e\"}"}) {
        IngestFixture fixture;
        const auto answer = fixture.post("/v1/track", body);
        EXPECT_EQ(answer.status, 400U) << body;
        EXPECT_EQ(answer.body, R"({"msg": "invalid json"})") << body;
        EXPECT_TRUE(fixture.committed.empty()) << body;
    }
}

TEST(Bodies, JsonThatIsNoObjectIsNoEvent) {
    for (const char* body : {"42", "null", "\"track\"", "[{}]"}) {
        IngestFixture fixture;
        const auto answer = fixture.post("/v1/track", body);
        EXPECT_EQ(answer.status, 400U) << body;
        EXPECT_EQ(answer.body, R"({"msg": "an event must be a JSON object"})") << body;
    }
}

TEST(Bodies, BadJsonAnywhereInABatchFailsTheWholeRequest) {
    const char* good = R"({"type":"track","userId":"u","event":"e"})";
    for (const std::string& body :
         {std::string(R"({"batch":[)") + good + R"(,{"type":"track","userId":tru}]})",
          std::string(R"({"batch":[)") + good + "]", std::string(R"({"batch":[)") + good + R"(], "sentAt": 01})",
          std::string(R"({"batch":[)") + good + R"(]} {})", std::string(R"({"batch":[)") + good + " " + good + "]}",
          std::string(R"({"batch":[)") + good + ",]}", std::string(R"({"batch":["userId":"u"}, )") + good + "]}",
          std::string(R"({"batch":["userId", "a":"u"}, )") + good + "]}",
          std::string(R"({"batch":[)") + good + R"(, "a":[1]]})"}) {
        IngestFixture fixture;
        const auto answer = fixture.post("/v1/batch", body);
        EXPECT_EQ(answer.status, 400U) << body;
        EXPECT_EQ(answer.body, R"({"msg": "invalid json"})") << body;
        EXPECT_TRUE(fixture.committed.empty()) << body;
    }
}

TEST(Bodies, AnArrayThatOnlyLooksLikeOneIsInvalidJson) {
    IngestFixture fixture;
    for (const char* body : {R"(["userId":"u"}, {"type":"track","userId":"u","event":"e"}])", R"(["a":"b"])",
                             R"(["a":"b"}])", R"(["a" "b"])", "[,]", "[1 ,, 2]", "[1 2]"}) {
        const auto answer = fixture.post("/webhook", body);
        EXPECT_EQ(answer.status, 400U) << body;
        EXPECT_EQ(answer.body, R"({"msg": "invalid json"})") << body;
    }
    EXPECT_TRUE(fixture.committed.empty());
}

TEST(Bodies, AnEmptyBatchIs400InTheGatewaysWords) {
    for (const char* body : {R"({"batch":[]})", "{}", R"({"batch":null})", R"({"batch": [ ] , "sentAt":"x"})"}) {
        IngestFixture fixture;
        const auto answer = fixture.post("/v1/batch", body);
        EXPECT_EQ(answer.status, 400U) << body;
        EXPECT_EQ(answer.body, R"({"msg": "empty batch payload"})") << body;
    }
    IngestFixture fixture;
    EXPECT_EQ(fixture.post("/webhook", "[]").body, R"({"msg": "empty batch payload"})");
}

TEST(Bodies, ABatchThatIsNoArraySaysSo) {
    IngestFixture fixture;
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":{"type":"track"}})").body, R"({"msg": "batch must be an array"})");
}

TEST(Bodies, ABatchThatIsNearlyNullIsInvalidJson) {
    IngestFixture fixture;
    for (const char* body : {R"({"batch":nell})", R"({"batch":nulll})", R"({"batch":n})", R"({"batch":nell,"a":1})"}) {
        const auto answer = fixture.post("/v1/batch", body);
        EXPECT_EQ(answer.status, 400U) << body;
        EXPECT_EQ(answer.body, R"({"msg": "invalid json"})") << body;
    }
}

TEST(Bodies, OfTwoBatchesTheLastCounts) {
    IngestFixture fixture;
    const auto answer = fixture.post("/v1/batch", R"({"batch":[{"type":"track","userId":"u","event":"first"}],
                                                   "batch":[{"type":"track","userId":"u","event":"last"}]})");
    EXPECT_EQ(answer.status, 200U) << answer.body;
    ASSERT_THAT(fixture.events(), SizeIs(1));
    EXPECT_EQ(event_of(fixture)["event"], "last");
}

TEST(Bodies, TheBatchIsFoundAmongOtherArraysAndHoweverItsNameIsWritten) {
    for (const char* body :
         {R"({"tags":["a",{"b":[1]}],"batch":[{"type":"track","userId":"u","event":"e"}],"more":[]})",
          R"({"b\u0061tch" : [ {"type":"track","userId":"u","event":"e"} ]})",
          R"({"batch":[1],"batch":[{"type":"track","userId":"u","event":"e"}],"tags":[2]})"}) {
        IngestFixture fixture;
        const auto answer = fixture.post("/v1/batch", body);
        EXPECT_EQ(answer.status, 200U) << body << answer.body;
        ASSERT_THAT(fixture.events(), SizeIs(1)) << body;
        EXPECT_EQ(event_of(fixture)["event"], "e") << body;
    }
}

TEST(Bodies, WhatStandsAroundABatchMustBeJsonToo) {
    const std::string batch = R"("batch":[{"type":"track","userId":"u","event":"e"}])";
    for (const std::string& body :
         {R"({"tags":[1 2],)" + batch + "}", R"({"tags":[{"a":01}],)" + batch + "}", R"({"tags":[[}],)" + batch + "}",
          R"({"batch":[tru],)" + batch + "}", R"({"tags":[1}],)" + batch + "}", "{" + batch + R"(,[1]})",
          "{" + batch + R"(,"a":[1],})", "{" + batch + "}]", "{" + batch + "},"}) {
        IngestFixture fixture;
        const auto answer = fixture.post("/v1/batch", body);
        EXPECT_EQ(answer.status, 400U) << body;
        EXPECT_EQ(answer.body, R"({"msg": "invalid json"})") << body;
        EXPECT_TRUE(fixture.committed.empty()) << body;
    }
}

TEST(Bodies, TheWebhookAcceptsOneEventOrAnArray) {
    IngestFixture fixture;
    EXPECT_EQ(fixture.post("/webhook", R"({"type":"track","userId":"u","event":"one"})").status, 200U);
    EXPECT_EQ(fixture
                  .post("/webhook", R"( [{"type":"track","userId":"u","event":"two"},
                                          {"type":"page","userId":"u","name":"three"}] )")
                  .status,
              200U);
    EXPECT_THAT(fixture.events(), SizeIs(3));
}

TEST(Bodies, AnEventThatCannotBeMappedIs400WithTheMappersReason) {
    IngestFixture fixture;
    const auto answer = fixture.post("/v1/track", R"({"userId":"u"})");
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(answer.body, R"({"msg": "event name is missing or not a string"})");
    EXPECT_TRUE(fixture.committed.empty());
}

TEST(Bodies, AnInvalidEventOfABatchBecomesADeadLetterAndTheOthersAreAccepted) {
    IngestFixture fixture;
    const auto answer = fixture.post("/v1/batch", R"({"batch":[{"type":"track","userId":"u","event":"good"},
        {"type":"track","userId":"u"}, 42, {"type":"page","userId":"u","name":"good too"}]})");
    EXPECT_EQ(answer.status, 200U) << answer.body;
    EXPECT_EQ(answer.body, "OK");
    ASSERT_THAT(fixture.committed, SizeIs(1)) << "one commit for the whole request";
    EXPECT_THAT(fixture.committed.front().records, SizeIs(2));
    const auto& letters = fixture.committed.front().dead_letters;
    ASSERT_THAT(letters, SizeIs(2));
    EXPECT_EQ(letters[0].letter.reason, Reason::event_name_missing);
    EXPECT_EQ(letters[0].letter.source, "default");
    EXPECT_EQ(letters[0].letter.destination, "customerio");
    EXPECT_EQ(letters[1].letter.reason, Reason::event_not_an_object);
    EXPECT_EQ(letters[1].letter.event, "42");
}

TEST(Bodies, AnEventOverItsLimitIs413AloneAndADeadLetterInABatch) {
    const std::string large =
        R"({"type":"track","userId":"u","event":"e","properties":{"x":")" + std::string(32'000, 'x') + R"("}})";
    IngestFixture fixture;
    EXPECT_EQ(fixture.post("/v1/track", large).status, 413U);
    EXPECT_EQ(fixture.post("/v1/track", large).body, R"({"msg": "request size exceeds max limit"})");
    EXPECT_TRUE(fixture.committed.empty());
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":[)" + large + "]}").status, 200U);
    ASSERT_THAT(fixture.committed, SizeIs(1));
    EXPECT_THAT(fixture.committed.front().dead_letters, SizeIs(1));
}

TEST(Bodies, NestingOver64LevelsIsRejected) {
    IngestFixture fixture;
    const std::string deep =
        R"({"userId":"u","event":"e","properties":)" + std::string(64, '[') + std::string(64, ']') + "}";
    const auto answer = fixture.post("/v1/track", deep);
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(answer.body, R"({"msg": "nesting is deeper than 64 levels"})");
}

TEST(Records, OfReverseEtlAreRejectedWithAReasonOfTheirOwn) {
    IngestFixture fixture;
    const std::string record = R"({"type":"record","action":"insert","fields":{"plan":"pro"},"messageId":"r"})";
    const auto answer = fixture.post("/webhook", record);
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(answer.body, R"({"msg": "record events of reverse ETL are not supported"})");
    EXPECT_TRUE(fixture.committed.empty());
    EXPECT_EQ(fixture.post("/webhook", "[" + record + "," + R"({"type":"page","userId":"u","name":"n"})" + "]").status,
              200U);
    EXPECT_THAT(fixture.events(), SizeIs(1));
    ASSERT_THAT(fixture.committed.at(0).dead_letters, SizeIs(1));
    const auto& letter = fixture.committed[0].dead_letters[0].letter;
    EXPECT_EQ(letter.reason, Reason::record_not_supported);
    EXPECT_EQ(letter.message, "record events of reverse ETL are not supported");
}

TEST(Deletions, SayInTheirDeadLetterThatTheyWereNotCarriedOut) {
    auto options = IngestFixture::default_options();
    options.sources.front().destinations.front().mapping.semantic_events.set();
    IngestFixture fixture(options);
    const std::string nobody = R"({"type":"track","event":"User Deleted","properties":{"x":")";
    const auto batch = R"({"batch":[)" + nobody + R"("}},)" + nobody + std::string(40'000, 'x') + R"("}},)" +
                       R"({"type":"track","event":"e"}]})";
    EXPECT_EQ(fixture.post("/v1/batch", batch).status, 200U);
    std::vector<std::string> messages;
    for (const auto& [stream, letter, message] : fixture.committed.at(0).dead_letters)
        messages.push_back(letter.message);
    EXPECT_THAT(messages, ElementsAre("the person was not deleted: User Deleted needs userId or email",
                                      "the person was not deleted: event is larger than ingest.max_event",
                                      "event needs userId, email or anonymousId"));
    EXPECT_EQ(fixture.post("/v1/track", nobody + R"("}})").body, R"({"msg": "User Deleted needs userId or email"})");
}

TEST(OptOuts, AnsweredWith200AndDropped) {
    const std::string head = R"({"userId":"u","event":"e","integrations":)";
    for (const char* integrations : {R"({"All":false})", R"({"Customer.io":false})", R"({"customer io":false})",
                                     R"({"CUSTOMERIO":false})", R"({"All":true,"Customer.io":false})",
                                     R"({"All":false,"Amplitude":true})", R"j({"Customer.io (Actions)":false})j",
                                     R"({"actions customerio":false})", R"({"All":false,"Webhook":true})"}) {
        IngestFixture fixture;
        EXPECT_EQ(fixture.post("/v1/track", head + integrations + "}").status, 200U) << integrations;
        EXPECT_TRUE(fixture.committed.empty()) << integrations;
        EXPECT_EQ(fixture.ingest.counts().sources[0].destinations[0].integration_disabled, 1U) << integrations;
    }
}

TEST(OptOuts, IgnoreOtherMembers) {
    const std::string head = R"({"userId":"u","event":"e","integrations":)";
    for (const char* integrations :
         {R"({"All":true})", R"({"All":false,"Customer.io":true})", R"({"All":false,"Customer IO":{"x":1}})",
          R"j({"All":false,"CUSTOMER.IO (actions)":true})j", R"({"All":false,"Actions Customerio":true})", "{}", "null",
          "[]", R"("All")", R"({"Amplitude":false})"}) {
        IngestFixture fixture;
        EXPECT_EQ(fixture.post("/v1/track", head + integrations + "}").status, 200U) << integrations;
        EXPECT_THAT(fixture.events(), SizeIs(1)) << integrations;
    }
}

// RudderStack has decided by the names of its webhook destinations that the event comes here.
TEST(OptOuts, OnTheWebhookRouteTheNamesOfWebhooksEnableToo) {
    const std::string head = R"({"type":"track","userId":"u","event":"e","integrations":)";
    for (const char* integrations :
         {R"({"All":false,"WEBHOOK":true})", R"({"All":false,"Http Webhook":{"x":1}})", R"({"All":false,"HTTP":true})",
          R"({"Webhook":false})", R"({"All":false,"Customer.io":true,"Webhook":false})"}) {
        IngestFixture fixture;
        EXPECT_EQ(fixture.post("/webhook", head + integrations + "}").status, 200U) << integrations;
        EXPECT_THAT(fixture.events(), SizeIs(1)) << integrations;
    }
    for (const char* integrations :
         {R"({"All":false})", R"({"All":false,"Webhook":false})", R"({"All":false,"WEBHOOK":true,"Customer.io":false})",
          R"({"Customer IO":false})", R"({"All":false,"Amplitude":true})"}) {
        IngestFixture fixture;
        EXPECT_EQ(fixture.post("/webhook", head + integrations + "}").status, 200U) << integrations;
        EXPECT_TRUE(fixture.committed.empty()) << integrations;
        EXPECT_EQ(fixture.ingest.counts().sources[0].destinations[0].integration_disabled, 1U) << integrations;
    }
}

TEST(OptOuts, ADeniedConsentCategoryDropsTheEvent) {
    auto options = IngestFixture::default_options();
    options.sources.front().destinations.front().consent =
        customerio::ConsentPolicy({{customerio::ConsentProvider::one_trust, {"C0004"}}});
    IngestFixture fixture(options);
    const std::string head = R"({"userId":"u","event":"e","context":{"consentManagement":{"deniedConsentIds":)";
    EXPECT_EQ(fixture.post("/v1/track", head + R"(["C0002","C0004"]}}})").status, 200U);
    EXPECT_TRUE(fixture.committed.empty());
    EXPECT_EQ(fixture.ingest.counts().sources[0].destinations[0].consent_denied, 1U);
    EXPECT_EQ(fixture.post("/v1/track", head + R"(["C0002"]}}})").status, 200U);
    EXPECT_THAT(fixture.events(), SizeIs(1));
}

}  // namespace
}  // namespace pintle::ingest
