#include "dead_letter_filter.hpp"

#include <gmock/gmock.h>

#include "dead_letter_query.hpp"
#include "pintle/base/time.hpp"

namespace pintle::admin {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

const WallTime now{std::chrono::milliseconds(1'790'000'000'000)};  // 2026-09-21T14:13:20Z

journal::DeadLetter letter() {
    journal::DeadLetter letter;
    letter.id = 7;
    letter.destination = "customerio";
    letter.reason = Reason::rejected_400;
    letter.message = "400 Bad Request: email must be a string";
    letter.event =
        R"({"type":"identify","userId":"ada","anonymousId":"a-1","messageId":"m-1","traits":{"email":"ada@example.com"}})";
    letter.dead_lettered_at = now - hours(2);
    return letter;
}

bool matches(const DeadLetterQuery& query, const journal::DeadLetter& dead = letter()) {
    auto filter = DeadLetterFilter::read(query, now);
    EXPECT_TRUE(filter);
    return filter->matches(dead);
}

std::string error(const DeadLetterQuery& query) {
    const auto filter = DeadLetterFilter::read(query, now);
    return filter ? "none" : filter.error().message;
}

TEST(DeadLetterFilter, WithoutAnythingAskedForLetsAllThrough) {
    EXPECT_TRUE(DeadLetterFilter::read({}, now)->empty());
    EXPECT_TRUE(matches({}));
}

TEST(DeadLetterFilter, EachFieldNarrowsItAndIsNoLongerEmpty) {
    const std::vector<std::pair<DeadLetterQuery, DeadLetterQuery>> fitting_and_not{
        {asks(&Query::destination, "customerio"), asks(&Query::destination, "other")},
        {asks(&Query::reason, "EMAIL must"), asks(&Query::reason, "phone")},
        {asks(&Query::reason, "rejected_400"), asks(&Query::reason, "rejected_404")},
        {asks(&Query::user, "ada"), asks(&Query::user, "ad")},
        {asks(&Query::message_id, "m-1"), asks(&Query::message_id, "m-")},
        {asks(&Query::since, "3h"), asks(&Query::since, "1h")},
        {asks(&Query::until, "1h"), asks(&Query::until, "3h")},
        {asks_for({"customerio/9", "customerio/7"}), asks_for({"customerio/8", "other/7"})},
    };
    for (const auto& [fitting, not_fitting] : fitting_and_not) {
        EXPECT_TRUE(matches(fitting));
        EXPECT_FALSE(matches(not_fitting));
        EXPECT_FALSE(DeadLetterFilter::read(fitting, now)->empty());
    }
}

TEST(DeadLetterFilter, ACodeWithATypingErrorIsAnErrorThatNamesTheClosestCodes) {
    const auto misspelled = DeadLetterFilter::read(asks(&Query::reason, "rejected_40o"), now);
    ASSERT_FALSE(misspelled);
    EXPECT_EQ(misspelled.error().status, 400);
    EXPECT_THAT(misspelled.error().message,
                HasSubstr("reason: \"rejected_40o\" is no reason code; the closest are rejected_40"));
    EXPECT_THAT(error(asks(&Query::reason, "to_old")), HasSubstr("the closest are too_old, "));
}

TEST(DeadLetterFilter, ATextThatIsUnlikeACodeIsAPartOfTheMessage) {
    for (const char* text : {"email", "400", "must be a string", "E_MAIL", "_ "})
        EXPECT_EQ(error(asks(&Query::reason, text)), "none") << text;
}

TEST(DeadLetterFilter, AllFieldsMustFit) {
    EXPECT_TRUE(
        matches(asks(&Query::since, "3h",
                     asks(&Query::user, "ada", asks(&Query::reason, "400", asks(&Query::destination, "customerio"))))));
    EXPECT_FALSE(
        matches(asks(&Query::since, "3h",
                     asks(&Query::user, "bob", asks(&Query::reason, "400", asks(&Query::destination, "customerio"))))));
}

TEST(DeadLetterFilter, AUserIsFoundByEachOfItsNames) {
    for (const char* name : {"ada", "ada@example.com", "a-1"}) EXPECT_TRUE(matches(asks(&Query::user, name))) << name;
    EXPECT_FALSE(matches(asks(&Query::user, "identify"))) << "which the event holds, but not as a name";
}

TEST(DeadLetterFilter, AnAliasIsFoundByBothOfItsUsers) {
    auto dead = letter();
    dead.event = R"({"type":"alias","userId":"ada","previousId":"gina"})";
    EXPECT_TRUE(matches(asks(&Query::user, "ada"), dead));
    EXPECT_TRUE(matches(asks(&Query::user, "gina"), dead));
    EXPECT_FALSE(matches(asks(&Query::user, "gin"), dead));
}

TEST(DeadLetterFilter, AUserIsFoundHoweverItsNameIsWritten) {
    auto dead = letter();
    dead.event = R"({"type":"track","userId":"\u0061da"})";
    EXPECT_TRUE(matches(asks(&Query::user, "ada"), dead));
    dead.event = R"({"type":"track","userId":42})";
    EXPECT_TRUE(matches(asks(&Query::user, "42"), dead));
    dead.event = "ada";
    EXPECT_FALSE(matches(asks(&Query::user, "ada"), dead)) << "no event";
}

TEST(DeadLetterFilter, TimesAreIso8601OrDurationsBeforeNow) {
    EXPECT_TRUE(matches(asks(&Query::until, "2026-09-21T12:13:20.000Z", asks(&Query::since, "2026-09-21T12:13:20Z"))));
    EXPECT_FALSE(matches(asks(&Query::since, "2026-09-21T12:13:20.001Z")));
    EXPECT_TRUE(matches(asks(&Query::until, "2026-09-22", asks(&Query::since, "2026-09-21"))));
    EXPECT_THAT(error(asks(&Query::since, "yesterday")), HasSubstr(R"(since: "yesterday" is not a time)"));
    EXPECT_THAT(error(asks(&Query::until, "2026-13-01")), HasSubstr("until:"));
}

TEST(DeadLetterFilter, ALettersNameHasADestinationAndAnId) {
    for (const char* wrong : {"7", "/7", "customerio/", "customerio/0", "customerio/7x", "customerio/-1"}) {
        EXPECT_THAT(error(asks_for({wrong})), HasSubstr("DESTINATION/ID")) << wrong;
    }
    EXPECT_EQ(error(asks_for({"a/b/7"})), "none") << "a destination's name may hold a slash";
}

TEST(DeadLetterFilter, KnowsTheNextLetterThatIsWantedByName) {
    const auto filter = DeadLetterFilter::read(asks_for({"a/7", "a/3", "b/5"}), now);
    EXPECT_EQ(filter->next_wanted("a", 0), 3);
    EXPECT_EQ(filter->next_wanted("a", 3), 7);
    EXPECT_EQ(filter->next_wanted("a", 7), std::nullopt);
    EXPECT_EQ(filter->next_wanted("c", 0), std::nullopt);
    EXPECT_EQ(DeadLetterFilter::read({}, now)->next_wanted("a", 3), 4);
}

}  // namespace
}  // namespace pintle::admin
