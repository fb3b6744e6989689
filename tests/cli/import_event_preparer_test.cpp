#include "import/event_preparer.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace pintle::cli::importer {
namespace {

using nlohmann::json;

Line line(std::string text, std::uint64_t offset = 0) {
    return {1, offset, offset + text.size() + 1, std::move(text)};
}

std::string written(const std::string& text, std::uint64_t offset = 0, const std::string& identity = "file") {
    std::string event = "what was there before";
    const auto outcome = EventPreparer(identity).prepare(line(text, offset), event);
    return outcome ? event : std::string(sentence(outcome.error()));
}

json prepared(const std::string& text, std::uint64_t offset = 0, const std::string& identity = "file") {
    return json::parse(written(text, offset, identity));
}

TEST(EventPreparer, AnEventThatHasAllItNeedsStaysAsItWasWritten) {
    const std::string text = R"({"messageId": "m", "timestamp": "2026-01-01", "properties": {"n": 49.90}})";
    EXPECT_EQ(written(text), text);
}

TEST(EventPreparer, AMissingMessageIdIsTheSameForTheSameLineOfTheSameFile) {
    const std::string text = R"({"type":"track"})";
    const auto id = prepared(text, 7)["messageId"];
    EXPECT_EQ(prepared(text, 7)["messageId"], id);
    EXPECT_THAT(id.get<std::string>(), testing::MatchesRegex("pintle-[0-9a-f]+"));
    EXPECT_NE(prepared(text, 8)["messageId"], id) << "another place";
    EXPECT_NE(prepared(text, 7, "other")["messageId"], id) << "another file";
    EXPECT_NE(prepared(R"({"type":"page"})", 7)["messageId"], id) << "another event";
}

TEST(EventPreparer, AMessageIdThatIsNoneIsReplaced) {
    EXPECT_TRUE(prepared(R"({"messageId":null})")["messageId"].is_string());
    EXPECT_NE(prepared(R"({"messageId":""})")["messageId"], "");
}

TEST(EventPreparer, AnEventsOwnTimeStays) {
    EXPECT_EQ(prepared(R"({"originalTimestamp":"2020-02-02T02:02:02Z","sentAt":"2020-02-02T02:02:09Z"})")["timestamp"],
              "2020-02-02T02:02:02Z");
    EXPECT_EQ(prepared(R"({"originalTimestamp":"2020-02-02","timestamp":"2020-01-01"})")["timestamp"], "2020-01-01");
    EXPECT_FALSE(prepared("{}").contains("timestamp"));
}

TEST(EventPreparer, RejectsWhatIsNoObject) {
    for (const char* text : {"[1]", "7", "hello", "\"{}\""}) {
        EXPECT_EQ(written(text), sentence(Reason::event_not_an_object)) << text;
    }
    EXPECT_EQ(written("{\"a\":"), "invalid json");
    EXPECT_TRUE(prepared(" \t{}").is_object());
}

TEST(EventPreparer, KnowsTheMessageIdOfItsLastEvent) {
    EventPreparer preparer("file");
    std::string event;
    ASSERT_TRUE(preparer.prepare({1, 0, 20, R"({"messageId":"m"})"}, event));
    EXPECT_EQ(preparer.message_id(), "m");
    ASSERT_TRUE(preparer.prepare({2, 20, 22, "{}"}, event));
    EXPECT_EQ(event, R"({"messageId":")" + preparer.message_id() + R"("})");
}

}  // namespace
}  // namespace pintle::cli::importer
