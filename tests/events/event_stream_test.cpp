#include "pintle/events/event_stream.hpp"
#include "pintle/base/time.hpp"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "pintle/logging/logging.hpp"

namespace pintle::events {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class AFeed : public testing::Test {
protected:
    // As its observers do it.
    void see(const std::string& user, Outcome outcome = Outcome::delivered, const std::string& name = "e") {
        if (!feed.should_record(outcome, now)) return;
        ++prepared;
        const std::string event = R"({"type":"track","userId":")" + user + R"(","event":")" + name + R"("})";
        Observation observation;
        observation.outcome = outcome;
        observation.time = now;
        observation.destination = "customerio";
        observation.event = event;
        feed.record(observation);
    }

    static std::vector<std::string> users(const std::vector<EventRecordPtr>& all) {
        std::vector<std::string> names;
        for (const auto& shown : all) names.push_back(shown->user);
        return names;
    }

    static Filter by_user(const std::string& user) {
        Filter filter;
        filter.user = user;
        return filter;
    }

    std::unique_ptr<Subscriber> subscribe(Filter filter = {}) {
        return feed.subscribe(std::move(filter), [this] { ++woken; });
    }

    EventStream feed{
        {.unwatched = 3, .watched = 5, .kept = 8, .kept_bytes = 1U << 20U, .queued = 4, .queued_bytes = 1U << 20U}};
    WallTime now{milliseconds{1'795'478'400'000}};
    int prepared = 0;
    int woken = 0;
};

TEST_F(AFeed, KeepsTheLastOnesNewestFirst) {
    for (int i = 0; i < 10; ++i) {
        see(std::to_string(i));
        now += milliseconds{100};
    }
    EXPECT_THAT(users(feed.recent({}, 100)), ElementsAre("9", "8", "7", "6", "5", "4", "3", "2"));
    EXPECT_THAT(users(feed.recent({}, 2)), ElementsAre("9", "8"));
    EXPECT_THAT(users(feed.recent(by_user("5"), 100)), ElementsAre("5"));
}

TEST_F(AFeed, PreparesNoMoreThanItsSampleInATenthOfASecond) {
    for (int i = 0; i < 1000; ++i) see(std::to_string(i));
    EXPECT_EQ(prepared, 3);
    now += milliseconds{100};
    for (int i = 0; i < 1000; ++i) see(std::to_string(i));
    EXPECT_EQ(prepared, 6);
}

TEST_F(AFeed, SeesTroublesThoughDeliveriesFillTheSample) {
    for (int i = 0; i < 1000; ++i) see("busy");
    see("unlucky", Outcome::dead_letter);
    EXPECT_THAT(users(feed.recent({}, 1)), ElementsAre("unlucky"));
}

TEST_F(AFeed, GivesAWatcherWhatFitsFromNowOnInOrder) {
    see("before");
    auto watcher = subscribe();
    see("a");
    see("b");
    EXPECT_EQ(woken, 1) << "once, until it has looked";
    EXPECT_THAT(users(watcher->take().shown), ElementsAre("a", "b"));
    EXPECT_THAT(watcher->take().shown, IsEmpty());
    see("c");
    EXPECT_EQ(woken, 2);
}

TEST_F(AFeed, SaysHowManyWereLeftOutWhileSomebodyLooked) {
    for (int i = 0; i < 10; ++i) see("x");
    auto watcher = subscribe();
    for (int i = 0; i < 10; ++i) see("x");
    const auto news = watcher->take();
    EXPECT_EQ(news.shown.size() + news.skipped, 10U) << "five kept, of which one had no room in the queue";
    EXPECT_EQ(news.shown.size(), 4U);
    EXPECT_EQ(watcher->take().skipped, 0U);
}

TEST_F(AFeed, ShowsOnePersonWholeHoweverFullTheSampleIs) {
    auto watcher = subscribe(by_user("ada"));
    for (int i = 0; i < 1000; ++i) see("busy");
    see("ada");
    see("ada", Outcome::retried);
    const auto news = watcher->take();
    EXPECT_THAT(users(news.shown), ElementsAre("ada", "ada"));
    EXPECT_EQ(news.skipped, 0U);
    EXPECT_THAT(users(feed.recent(by_user("ada"), 9)), ElementsAre("ada", "ada"));
}

TEST_F(AFeed, CostsNothingMoreOnceNobodyLooks) {
    subscribe(by_user("ada")).reset();
    for (int i = 0; i < 1000; ++i) see("busy");
    EXPECT_LE(prepared, 5);
    now += milliseconds{100};
    prepared = 0;
    for (int i = 0; i < 1000; ++i) see("busy");
    EXPECT_EQ(prepared, 3);
}

TEST_F(AFeed, ForgetsTheOldestWhenTheyAreLarge) {
    for (int i = 0; i < 3; ++i) see(std::to_string(i), Outcome::delivered, std::string(400'000, 'x'));
    EXPECT_THAT(users(feed.recent({}, 9)), ElementsAre("2", "1"));
}

TEST_F(AFeed, FiltersByWhatHappened) {
    see("a");
    see("b", Outcome::retried);
    Filter filter;
    filter.wanted.fill(false);
    filter.wanted[static_cast<std::size_t>(Outcome::retried)] = true;
    EXPECT_THAT(users(feed.recent(filter, 9)), ElementsAre("b"));
    filter.destination = "other";
    EXPECT_THAT(feed.recent(filter, 9), IsEmpty());
}

TEST(ASubject, IsWhomTheEventIsAboutAndWhatItSaysItIs) {
    const auto summary = summarize(
        R"({"type":"Page","name":"Home","anonymousId":"anon","context":{"traits":{"email":"ada@x"}},"properties":{}})");
    EXPECT_EQ(summary.type, "Page");
    EXPECT_EQ(summary.name, "Home");
    EXPECT_EQ(summary.user, "ada@x");
    EXPECT_EQ(summary.anonymous, "anon");
    EXPECT_EQ(summarize(R"({"type":"alias","userId":"ada","previousId":"gina"})").previous, "gina");
    EXPECT_EQ(summarize("no json").user, "");
    EXPECT_EQ(summarize("{").user, "");
}

TEST(AFilter, TakesTypesAndNamesInAnyCaseAndUsersWhole) {
    const EventSummary summary{"track", "ada", "ada@x", "anon", "Order Completed", "m1", "gina"};
    const auto matches = [&](auto member, const char* text) {
        Filter filter;
        filter.*member = text;
        return filter.matches(summary);
    };
    EXPECT_TRUE(matches(&Filter::type, "Track"));
    EXPECT_FALSE(matches(&Filter::type, "trac"));
    EXPECT_TRUE(matches(&Filter::name, "completed"));
    EXPECT_FALSE(matches(&Filter::name, "refunded"));
    EXPECT_TRUE(matches(&Filter::message_id, "m1"));
    EXPECT_FALSE(matches(&Filter::message_id, "M1"));
    Filter by_message_id;
    by_message_id.message_id = "m1";
    EXPECT_TRUE(by_message_id.narrow()) << "all records that match are wanted";
    for (const char* user : {"ada", "ada@x", "anon", "gina"}) EXPECT_TRUE(matches(&Filter::user, user)) << user;
    for (const char* user : {"ad", "Ada", "x"}) EXPECT_FALSE(matches(&Filter::user, user)) << user;
}

class TheLog : public testing::Test {
protected:
    ~TheLog() override { logging::start({}); }

    // What is logged of an event with each outcome that has a line.
    static std::vector<nlohmann::json> logged(LoggedEvents events, bool redact = false) {
        EventStream stream({.unwatched = 0, .watched = 0});
        stream.log(events, redact);
        logging::start({"info", true});
        testing::internal::CaptureStderr();
        const WallTime now{milliseconds{1'795'478'400'000}};
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            Observation observation;
            observation.outcome = static_cast<Outcome>(i);
            observation.time = now;
            observation.received = now - milliseconds(1500);
            observation.source = "web";
            observation.destination = "customerio";
            observation.event = R"({"type":"track","userId":"ada","anonymousId":"ada-1","event":"Paid",)"
                                R"("messageId":"m1","context":{"traits":{"email":"ada@example.com"}}})";
            observation.reason = Reason::rejected_400;
            observation.message = "400 no such person: ada";
            observation.status = 400;
            observation.attempts = 2;
            if (observation.outcome == Outcome::dead_letter) observation.letter = 7;
            if (stream.should_record(observation.outcome, now)) stream.record(observation);
        }
        std::istringstream lines(testing::internal::GetCapturedStderr());
        std::vector<nlohmann::json> all;
        for (std::string line; std::getline(lines, line);) all.push_back(nlohmann::json::parse(line));
        EXPECT_THAT(stream.recent({}, 100), IsEmpty()) << "the sample has no room";
        return all;
    }

    static std::vector<std::string> outcomes_of(const std::vector<nlohmann::json>& lines) {
        std::vector<std::string> all;
        for (const auto& line : lines) all.push_back(line.at("outcome"));
        return all;
    }
};

TEST_F(TheLog, HasALineForWhatBecameOfEachEventThatIsToBeLogged) {
    EXPECT_THAT(logged(LoggedEvents::off), IsEmpty());
    EXPECT_THAT(outcomes_of(logged(LoggedEvents::failures)), UnorderedElementsAre("dead_letter", "rejected"));
    EXPECT_THAT(outcomes_of(logged(LoggedEvents::all)),
                UnorderedElementsAre("accepted", "delivered", "dead_letter", "dropped", "rejected"));
}

TEST_F(TheLog, SaysAllThatSomebodySearchesFor) {
    auto line = logged(LoggedEvents::failures).at(0);
    line.erase("time");
    EXPECT_EQ(line, nlohmann::json({{"level", "info"},
                                    {"event", "event_outcome"},
                                    {"outcome", "dead_letter"},
                                    {"source", "web"},
                                    {"destination", "customerio"},
                                    {"type", "track"},
                                    {"name", "Paid"},
                                    {"message_id", "m1"},
                                    {"user", "ada"},
                                    {"email", "ada@example.com"},
                                    {"anonymous_id", "ada-1"},
                                    {"reason", "rejected_400"},
                                    {"message", "400 no such person: ada"},
                                    {"status", 400},
                                    {"attempts", 2},
                                    {"latency_ms", 1500.0},
                                    {"letter", "customerio/7"}}));
}

TEST_F(TheLog, NamesNoUserIfItIsRedacted) {
    const auto line = logged(LoggedEvents::failures, true).at(0);
    EXPECT_EQ(line.dump().find("ada"), std::string::npos) << line;
    EXPECT_EQ(line.at("user"), "[redacted]") << "as everywhere else";
    EXPECT_EQ(line.at("message_id"), "m1");
}

}  // namespace
}  // namespace pintle::events
