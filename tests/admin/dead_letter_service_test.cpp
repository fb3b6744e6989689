#include "pintle/admin/dead_letter_service.hpp"
#include "dead_letter_scan.hpp"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "dead_letter_query.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::admin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A journal with the letters of two destinations, of which the configuration knows one.
class DeadLetterServiceTest : public testing::Test {
protected:
    DeadLetterServiceTest() {
        auto name = (std::filesystem::temp_directory_path() / "pintle-dead_letters-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch directory");
        options_.directory = name;
        journal_ = journal::open_journal(options_);
        stream_ = journal_->create_or_open_stream("customerio");
        gone_ = journal_->create_or_open_stream("gone");
        config_.destinations.emplace_back().name = "customerio";
        configure();
    }
    ~DeadLetterServiceTest() override {
        service_.reset();
        journal_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(options_.directory, ignored);
    }

    // As after a restart.
    void configure() { service_ = std::make_unique<DeadLetterService>(*journal_, ages_, config_); }

    void append(journal::WriteBatch append) {
        std::promise<boost::system::error_code> promise;
        journal_->append(std::move(append), [&](boost::system::error_code error) { promise.set_value(error); });
        ASSERT_FALSE(promise.get_future().get());
    }

    void dead_letter(const std::string& user, const std::string& message = "rejected",
                     const std::string& destination = "") {
        journal::DeadLetter letter;
        letter.source = "web";
        letter.destination = destination.empty() ? "customerio" : destination;
        letter.event = R"({"type":"identify","anonymousId":")" + user + "\"}";
        letter.message = message;
        letter.received = letter.dead_lettered_at = wall_now();
        journal::WriteBatch one;
        one.dead_letters.push_back({letter.destination == "gone" ? gone_ : stream_, std::move(letter), {}});
        append(std::move(one));
    }

    std::vector<std::string> users(const std::vector<journal::DeadLetter>& letters) {
        std::vector<std::string> out;
        for (const auto& letter : letters) out.push_back(nlohmann::json::parse(letter.event)["anonymousId"]);
        return out;
    }

    std::vector<std::string> dead() {
        std::vector<std::string> all;
        DeadLetterQuery query;
        do {
            auto found = service_->list(query);
            for (auto& user : users(found->letters)) all.push_back(std::move(user));
            query.after = found->next;
        } while (!query.after.empty());
        return all;
    }

    std::vector<std::string> waiting() {
        std::vector<std::string> out;
        for (const auto& stored : journal_->read(stream_, 0, SIZE_MAX, SIZE_MAX)) {
            out.push_back(nlohmann::json::parse(journal::decode(stored.bytes)->event)["anonymousId"]);
        }
        return out;
    }

    journal::JournalOptions options_;
    std::unique_ptr<journal::Journal> journal_;
    journal::Stream stream_ = 0;
    journal::Stream gone_ = 0;
    config::Config config_;
    AgeClock ages_{{}, read_clocks()};
    std::unique_ptr<DeadLetterService> service_;
};

TEST_F(DeadLetterServiceTest, AReplayPutsEventsAtTheEndOfTheLogAndTakesTheirLetters) {
    for (const char* user : {"a", "b", "c"}) dead_letter(user);
    const auto outcome = service_->replay(asks_for({"customerio/3", "customerio/1"}));
    EXPECT_EQ(outcome->replayed, 2);
    EXPECT_THAT(outcome->kept, IsEmpty());
    EXPECT_EQ(outcome->next, "");
    EXPECT_THAT(waiting(), ElementsAre("a", "c"));
    EXPECT_THAT(dead(), ElementsAre("b"));
    EXPECT_EQ(service_->counts(stream_).replayed, 2);
}

TEST_F(DeadLetterServiceTest, ADryRunCountsByReasonAndChangesNothing) {
    for (const char* user : {"a", "b"}) dead_letter(user);
    dead_letter("c", "rejected", "gone");
    auto query = asks_for_all();
    query.dry_run = true;
    const auto replayed = service_->replay(query);
    EXPECT_EQ(replayed->replayed, 2);
    EXPECT_EQ(replayed->by_reason, (LettersByReason{{"unknown", 2}}));
    ASSERT_THAT(replayed->kept, SizeIs(1));
    EXPECT_EQ(replayed->kept[0].letter, "gone/1");
    EXPECT_TRUE(replayed->dry_run);
    const auto purged = service_->purge(query);
    EXPECT_EQ(purged->purged, 3);
    EXPECT_EQ(purged->by_reason, (LettersByReason{{"unknown", 3}}));
    EXPECT_TRUE(purged->dry_run);
    EXPECT_THAT(dead(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(waiting(), IsEmpty());
    EXPECT_EQ(service_->counts(stream_).replayed, 0);
    EXPECT_EQ(service_->counts(stream_).purged, 0);
    EXPECT_EQ(service_->purge(asks_for_all())->purged, 3) << "as the dry run said";
}

TEST_F(DeadLetterServiceTest, ASlowDiskEndsTheWaitAndTheCommitStillCounts) {
    dead_letter("a");
    service_ = std::make_unique<DeadLetterService>(*journal_, ages_, config_, std::chrono::milliseconds(1));
    std::promise<void> release;
    std::promise<void> ended;
    journal_->append({}, [released = release.get_future().share()](boost::system::error_code) { released.wait(); });
    const auto outcome = service_->purge(asks_for_all());
    journal_->append({}, [&](boost::system::error_code) { ended.set_value(); });
    release.set_value();
    ended.get_future().wait();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().status, 503);
    EXPECT_THAT(outcome.error().message, testing::HasSubstr("may still be deleted"));
    EXPECT_EQ(service_->counts(stream_).purged, 1);
    EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(DeadLetterServiceTest, ALetterIsReplayedOnce) {
    dead_letter("a");
    EXPECT_EQ(service_->replay(asks_for_all())->replayed, 1);
    EXPECT_EQ(service_->replay(asks_for_all())->replayed, 0);
    EXPECT_THAT(waiting(), ElementsAre("a"));
}

TEST_F(DeadLetterServiceTest, WhatStillCannotBeMappedStaysWithTheNewReason) {
    config_.destinations[0].mapping.identify_anonymous = false;
    configure();
    dead_letter("a");
    const auto outcome = service_->replay(asks_for_all());
    EXPECT_EQ(outcome->replayed, 0);
    ASSERT_THAT(outcome->kept, SizeIs(1));
    EXPECT_EQ(outcome->kept[0].letter, "customerio/1");
    EXPECT_EQ(outcome->kept[0].reason, Reason::identify_person_missing);
    EXPECT_THAT(dead(), ElementsAre("a"));

    config_.destinations[0].mapping.identify_anonymous = true;
    configure();
    EXPECT_EQ(service_->replay(asks_for_all())->replayed, 1);
    EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(DeadLetterServiceTest, WhatIsLeftOfAnErasedEventIsNotReplayed) {
    journal::DeadLetter letter;
    letter.destination = "customerio";
    letter.event = "{}";
    letter.reason = Reason::erased;
    ASSERT_TRUE(service_->import({letter}));
    const auto outcome = service_->replay(asks_for_all());
    ASSERT_THAT(outcome->kept, SizeIs(1));
    EXPECT_EQ(outcome->kept[0].reason, Reason::erased);
}

TEST_F(DeadLetterServiceTest, ALetterWhoseDestinationIsGoneFromTheConfigurationSaysSoAndStays) {
    dead_letter("a", "rejected", "gone");
    const auto outcome = service_->replay(asks_for_all());
    ASSERT_THAT(outcome->kept, SizeIs(1));
    EXPECT_EQ(outcome->kept[0].letter, "gone/1");
    EXPECT_EQ(outcome->kept[0].reason, Reason::destination_not_configured);
    EXPECT_THAT(dead(), ElementsAre("a"));
    EXPECT_EQ(service_->replay(asks(&Query::destination, "gone")).error().status, 409);
    EXPECT_EQ(service_->replay(asks(&Query::destination, "never")).error().status, 404);
    EXPECT_EQ(service_->purge(asks(&Query::destination, "gone"))->purged, 1);
    EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(DeadLetterServiceTest, AllLettersMustBeMeant) {
    dead_letter("a");
    EXPECT_EQ(service_->replay({}).error().status, 403);
    EXPECT_EQ(service_->purge({}).error().status, 403);
    EXPECT_THAT(dead(), ElementsAre("a"));
    EXPECT_EQ(service_->purge(asks_for_all())->purged, 1);
}

TEST_F(DeadLetterServiceTest, ADestinationThatNeverWasIsAFault) {
    EXPECT_EQ(service_->list(asks(&Query::destination, "nowhere")).error().status, 404);
    EXPECT_EQ(service_->purge(asks(&Query::destination, "nowhere")).error().status, 404);
}

TEST_F(DeadLetterServiceTest, StepsAreBoundedAndGoOnWhereTheyStopped) {
    journal::WriteBatch many;
    for (int i = 0; i < 700; ++i) {
        journal::DeadLetter letter;
        letter.destination = "customerio";
        letter.event = R"({"type":"identify","anonymousId":")" + std::to_string(i) + "\"}";
        many.dead_letters.push_back({stream_, std::move(letter), {}});
    }
    append(std::move(many));
    auto query = asks_for_all();
    std::uint64_t replayed = 0;
    int steps = 0;
    do {
        const auto outcome = service_->replay(query);
        ASSERT_TRUE(outcome);
        replayed += outcome->replayed;
        query.after = outcome->next;
        ++steps;
    } while (!query.after.empty());
    EXPECT_EQ(replayed, 700);
    EXPECT_GT(steps, 1);
    const auto order = waiting();
    ASSERT_THAT(order, SizeIs(700));
    for (int i = 0; i < 700; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_F(DeadLetterServiceTest, AWalkDoesNotMeetWhatDiesMeanwhile) {
    for (const char* user : {"a", "b", "c"}) dead_letter(user);
    auto query = asks_for_all(2);
    query.after = service_->replay(query)->next;
    ASSERT_NE(query.after, "");
    dead_letter("a");  // once more
    const auto rest = service_->replay(query);
    EXPECT_EQ(rest->replayed, 1);
    EXPECT_EQ(rest->next, "");
    EXPECT_THAT(dead(), ElementsAre("a"));
}

TEST_F(DeadLetterServiceTest, AListIsPagedThroughAllDestinations) {
    for (const char* user : {"a", "b", "c"}) dead_letter(user);
    dead_letter("d", "rejected", "gone");
    const auto first = service_->list(asks_for_all(3));
    EXPECT_THAT(users(first->letters), ElementsAre("a", "b", "c"));
    const auto second = service_->list(asks(&Query::after, first->next, asks_for_all(3)));
    EXPECT_THAT(users(second->letters), ElementsAre("d"));
    EXPECT_EQ(second->next, "");
    EXPECT_EQ(service_->list(asks(&Query::after, "nonsense")).error().status, 400);
}

TEST_F(DeadLetterServiceTest, AListWhoseFilterFitsLittleStopsAfterSomeEffortAndGoesOn) {
    journal::WriteBatch many;
    for (int i = 0; i < 50; ++i) {
        journal::DeadLetter letter;
        letter.destination = "customerio";
        letter.event = R"({"type":"identify"})";
        letter.message = i == 49 ? "rare" : "common";
        many.dead_letters.push_back({stream_, std::move(letter), {}});
    }
    append(std::move(many));
    const auto streams = dead_letter_streams(*journal_);
    auto filter = DeadLetterFilter::read(asks(&Query::reason, "rare"), wall_now());
    ScanBudget budget;
    budget.letters = 20;
    std::string after;
    std::vector<std::size_t> found;
    do {
        const auto step = find_dead_letters(*journal_, streams, *filter, after, budget);
        ASSERT_TRUE(step);
        found.push_back(step->letters.size());
        after = step->next;
    } while (!after.empty());
    EXPECT_THAT(found, ElementsAre(0, 0, 1));
}

TEST_F(DeadLetterServiceTest, AnEventTooLargeForTheEffortIsFoundAllTheSame) {
    dead_letter(std::string(1000, 'x'));
    const auto streams = dead_letter_streams(*journal_);
    auto filter = DeadLetterFilter::read({}, wall_now());
    ScanBudget budget;
    budget.bytes = 10;
    EXPECT_THAT(find_dead_letters(*journal_, streams, *filter, "", budget)->letters, SizeIs(1));
}

TEST_F(DeadLetterServiceTest, NothingIsLostWhereTheJournalTakesNothing) {
    dead_letter("a");
    journal_->close();
    service_.reset();
    journal_.reset();
    options_.max_size = 1;  // it is full
    journal_ = journal::open_journal(options_);
    configure();
    while (journal_->has_room()) std::this_thread::yield();
    EXPECT_EQ(service_->replay(asks_for_all()).error().status, 503);
    EXPECT_THAT(dead(), ElementsAre("a"));
    EXPECT_EQ(service_->counts(stream_).replayed, 0);
    EXPECT_EQ(service_->purge(asks_for_all())->purged, 1) << "which makes room";
}

TEST_F(DeadLetterServiceTest, ALettersAnswerAndRequestAreShownAsTheyWere) {
    journal::DeadLetter letter;
    letter.id = 3;
    letter.destination = "customerio";
    letter.event = "{\"n\":0.10,\n\"big\":12345678901234567890123}";
    letter.method = "PUT";
    letter.path = "/api/v1/customers/u";
    letter.body = R"({"n":1e21})";
    letter.status = 400;
    letter.response_body = "not \xff json";
    letter.received = WallTime(std::chrono::milliseconds(1'790'000'000'000));
    const auto json = to_json(letter);
    EXPECT_THAT(json, testing::HasSubstr(R"("event":{"n":0.10, "big":12345678901234567890123})"));
    EXPECT_THAT(json, testing::HasSubstr(R"("body":{"n":1e21})"));
    EXPECT_THAT(json, testing::HasSubstr(R"("letter":"customerio/3")")) << "its name";
    EXPECT_THAT(json, testing::HasSubstr(R"("received_at":"2026-09-21T14:13:20.000Z","dead_lettered_at":null)"));
    EXPECT_TRUE(nlohmann::json::accept(json));
}

TEST_F(DeadLetterServiceTest, ALetterIsReadBackByteForByte) {
    journal::DeadLetter letter;
    letter.destination = "customerio";
    letter.event = R"({"n":0.10,"name":"\u00e9\u200e"})";
    letter.method = "PUT";
    letter.path = "/api/v1/customers/u";
    letter.body = R"({"n":1e21})";
    letter.status = 400;
    letter.response_body = "no";
    EXPECT_THAT(to_json(letter), testing::Not(testing::HasSubstr("base64"))) << "all of it is JSON";
    const std::vector<std::string> texts{"caf\xe9",
                                         "{\"a\":\n1}",
                                         "\"a string\"",
                                         "null",
                                         "{\"a\":\"\u200e\"}",
                                         "{\"a\":\"\xff\"}",
                                         std::string("\0\x80", 2),
                                         "\r\n"};
    for (const auto& text : texts) {
        for (auto* part : {&letter.message, &letter.path, &letter.body, &letter.response_body, &letter.event}) {
            const auto before = std::exchange(*part, text);
            const auto read = letter_of(to_json(letter));
            ASSERT_TRUE(read) << read.error().message;
            for (auto member : {&journal::DeadLetter::message, &journal::DeadLetter::path, &journal::DeadLetter::body,
                                &journal::DeadLetter::response_body, &journal::DeadLetter::event})
                EXPECT_EQ((*read).*member, letter.*member) << to_json(letter);
            *part = before;
        }
    }
    EXPECT_EQ(letter_of(R"({"destination":"d","reason":"unknown","event":1,"base64":{"event":"?"}})").error().message,
              "base64.event: is not Base64");
}

}  // namespace
}  // namespace pintle::admin
