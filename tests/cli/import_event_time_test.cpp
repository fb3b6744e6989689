#include "import/event_time.hpp"

#include <chrono>

#include <gmock/gmock.h>

#include "pintle/customerio/values.hpp"

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const WallTime now{customerio::read_time("2026-03-10T12:00:00Z").value()};

struct Judged {
    TimeKind kind;
    std::string message;
};

Judged judged(const std::string& text) {
    json::Event event;
    EXPECT_TRUE(event.parse(text));
    const auto kind = kind_of_time(event, now);
    return {kind, explain_time(event, kind)};
}

TEST(EventTime, IsTheFirstThatCanBeRead) {
    EXPECT_EQ(judged(R"({"timestamp":"2026-03-10"})").kind, TimeKind::recent);
    EXPECT_EQ(judged(R"({"timestamp":"yesterday","originalTimestamp":"2026-03-10"})").kind, TimeKind::recent);
    EXPECT_EQ(judged(R"({"timestamp":null,"originalTimestamp":1773144000})").kind, TimeKind::recent);
}

TEST(EventTime, IsOldWhenItEntersNobodyIntoACampaign) {
    EXPECT_EQ(judged(R"({"timestamp":"2026-03-07T12:00:00Z"})").kind, TimeKind::recent);
    EXPECT_EQ(judged(R"({"timestamp":"2026-03-07T11:59:59Z"})").kind, TimeKind::old);
    EXPECT_EQ(judged(R"({"timestamp":"2026-03-07T11:59:59Z"})").message, "");
    EXPECT_EQ(judged(R"({"timestamp":"0001-01-01"})").kind, TimeKind::old);
}

TEST(EventTime, MayBeAheadByTheDifferenceOfTwoClocks) {
    EXPECT_EQ(judged(R"({"timestamp":"2026-03-10T12:05:00Z"})").kind, TimeKind::recent);
    const auto [kind, message] = judged(R"({"timestamp":"2026-03-10T12:05:01Z"})");
    EXPECT_EQ(kind, TimeKind::future);
    EXPECT_EQ(message, R"(the time "2026-03-10T12:05:01Z" is in the future)");
    EXPECT_EQ(judged(R"({"timestamp":999999999999999999})").kind, TimeKind::future);
}

TEST(EventTime, IsMissingWhereNeitherMemberIsThere) {
    for (const char* text : {"{}", R"({"timestamp":null})", R"({"sentAt":"2026-03-10"})"}) {
        const auto [kind, message] = judged(text);
        EXPECT_EQ(kind, TimeKind::missing) << text;
        EXPECT_THAT(message, HasSubstr("no timestamp and no originalTimestamp; it gets the time of its arrival"));
    }
}

TEST(EventTime, ThatCannotBeReadIsNamed) {
    const auto [kind, message] = judged(R"({"timestamp":"yesterday"})");
    EXPECT_EQ(kind, TimeKind::unreadable);
    EXPECT_THAT(message, HasSubstr(R"(timestamp "yesterday" cannot be read)"));
    EXPECT_THAT(judged(R"({"originalTimestamp":{"a":1}})").message, HasSubstr(R"(originalTimestamp "{"a":1}" cannot)"));
}

}  // namespace
}  // namespace pintle::cli::importer
