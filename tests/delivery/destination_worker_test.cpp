#include "pintle/delivery/destination_worker.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "pintle/base/time.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/json/event.hpp"
#include "pintle/logging/logging.hpp"
#include "worker_fixture.hpp"

namespace pintle::delivery {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::string_view region_path = "/api/v1/accounts/region";

class DestinationWorkerTest : public testing::Test, protected WorkerFixture {
protected:
    // The names of the events in flight, by request.
    std::vector<std::string> in_flight() const {
        std::vector<std::string> names;
        for (const auto& call : network.calls) names.push_back(names_in(call.request.body));
        return names;
    }
    static std::string names_in(const std::string& body) {
        const auto document = nlohmann::json::parse(body);
        if (!document.contains("batch")) return document.at("name");
        std::string names;
        for (const auto& item : document.at("batch")) names += item.at("name").get<std::string>();
        return names;
    }

    std::optional<PauseReason> pause_reason() const {
        const auto paused = worker->status().paused();
        return paused ? std::optional(paused->reason) : std::nullopt;
    }

    // Both return the operator's pause that there was before.
    std::optional<Pause> pause(const std::string& message, const std::string& by = "ada") {
        return result_of(worker->pause_by_operator(message, by));
    }
    std::optional<Pause> resume() { return result_of(worker->resume("bea")); }

    std::optional<Pause> result_of(std::future<std::optional<Pause>> done) {
        poll();
        if (done.wait_for(seconds{0}) != std::future_status::ready) throw std::runtime_error("the worker did nothing");
        return done.get();
    }

    static HttpResponse redirect_to(std::string location) {
        HttpResponse response;
        response.status = 308;
        response.location = std::move(location);
        return response;
    }

    void use_batches() {
        destination.mapping.api_version = customerio::ApiVersion::v2;
        destination.linger = milliseconds{0};
    }

    void expect_idle() {
        EXPECT_TRUE(worker->is_idle());
        EXPECT_THAT(network.calls, IsEmpty());
    }
};

TEST_F(DestinationWorkerTest, AcksAnEventOnlyAfterItsResponse) {
    start_worker();
    track(1, "a");
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().request.method, "POST");
    EXPECT_EQ(network.calls.front().request.path, "/api/v1/customers/p1/events");
    EXPECT_EQ(network.calls.front().options.api_key, "key");
    pass(minutes{1});
    EXPECT_THAT(journal.acked, IsEmpty());
    EXPECT_FALSE(worker->is_idle());
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
    EXPECT_THAT(journal.letters, IsEmpty());
    EXPECT_EQ(worker->counts().delivered.value(), 1);
    EXPECT_EQ(journal.reads, 0) << "was read back from disk";
    expect_idle();
}

TEST_F(DestinationWorkerTest, SaysHowLongTheOldestRequestHasBeenInFlight) {
    start_worker();
    EXPECT_EQ(worker->status().oldest_request_age, std::nullopt);
    track(1, "a");
    pass(seconds{20});
    track(2, "b");
    pass(seconds{5});
    EXPECT_EQ(worker->status().oldest_request_age, seconds{25});
    respond(200);
    EXPECT_EQ(worker->status().oldest_request_age, seconds{5}) << "that of b";
    respond(200);
    EXPECT_EQ(worker->status().oldest_request_age, std::nullopt);
}

TEST_F(DestinationWorkerTest, DeliversTheBacklogOfAnEarlierProcess) {
    journal.append(track_bytes(1, "a"), false);
    journal.append(track_bytes(2, "b"), false);
    start_worker();
    EXPECT_THAT(in_flight(), ElementsAre("a", "b"));
    respond(200);
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1, 2));
}

TEST_F(DestinationWorkerTest, SendsNothingWhileAnotherProcessOwnsTheStream) {
    journal.owned = false;
    start_worker();
    track(1, "a");
    EXPECT_THAT(network.calls, IsEmpty());
    EXPECT_FALSE(worker->status().owned);
    journal.own(true);
    poll();
    EXPECT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_TRUE(worker->status().owned);
}

TEST_F(DestinationWorkerTest, CancelsItsRequestsWhenAnotherProcessOwnsTheStreamAndGoesOnWithWhatThatLeft) {
    start_worker();
    track(1, "a");
    track(2, "b");
    track(1, "c");
    ASSERT_THAT(in_flight(), ElementsAre("a", "b"));
    journal.own(false);
    poll();
    expect_idle();
    journal.records.erase(1);  // the other process delivered it
    journal.values["operator_message/customerio"] = "maintenance";
    journal.own(true);
    poll();
    EXPECT_THAT(network.calls, IsEmpty());
    EXPECT_EQ(worker->status().paused()->message, "maintenance");
    worker->resume("bea");
    poll();
    EXPECT_THAT(in_flight(), ElementsAre("b", "c"));
}

TEST_F(DestinationWorkerTest, BeginsAsTheOwnerOnceWhatItHadBegunHasEnded) {
    start_worker();
    track(1, "a");
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    journal.own(false);
    journal.own(true);
    poll();
    EXPECT_THAT(in_flight(), ElementsAre("a"));
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
    expect_idle();
}

TEST_F(DestinationWorkerTest, ItsClientMaySendWhileTheProcessOwnsTheStream) {
    start_worker();
    track(1, "a");
    const auto options = network.calls.front().options;
    EXPECT_TRUE(options.may_send());
    journal.owned = false;
    EXPECT_FALSE(options.may_send());
}

TEST_F(DestinationWorkerTest, PausesAndResumesByACommandFromAnyProcess) {
    start_worker();
    int done = 0;
    journal.submit(FakeJournal::stream, pause_command("maintenance", "ada"), [&](auto) { ++done; });
    poll();
    EXPECT_EQ(done, 1);
    track(1, "a");
    EXPECT_THAT(network.calls, IsEmpty());
    EXPECT_EQ(worker->status().paused()->by, "ada");
    EXPECT_EQ(stored_pauses(journal, FakeJournal::stream, destination, clock), worker->status().pauses);
    journal.submit(FakeJournal::stream, R"({"action":"of a later version"})", [&](auto) { ++done; });
    journal.submit(FakeJournal::stream, resume_command("bea"), [&](auto) { ++done; });
    poll();
    EXPECT_EQ(done, 3);
    EXPECT_THAT(in_flight(), ElementsAre("a"));
}

TEST_F(DestinationWorkerTest, SendsAPersonsEventsOneAfterAnother) {
    start_worker();
    track(1, "a");
    track(1, "b");
    track(2, "c");
    EXPECT_THAT(in_flight(), ElementsAre("a", "c"));
    respond(200);
    EXPECT_THAT(in_flight(), ElementsAre("c", "b"));
}

TEST_F(DestinationWorkerTest, RetriesWithABackoffThatGrows) {
    start_worker();
    track(1, "a");
    track(2, "b");
    respond(200, "{}", 1);  // the destination works, so that the failures are the event's own
    TimePoint::duration longest{};
    for (int attempt = 1; attempt <= 10; ++attempt) {
        ASSERT_THAT(in_flight(), ElementsAre("a"));
        respond(503);
        EXPECT_THAT(network.calls, IsEmpty());
        const auto due = clock.next_alarm();
        ASSERT_TRUE(due);
        EXPECT_LE(*due - clock.now(), std::min<milliseconds>(seconds{1} * (1 << (attempt - 1)), minutes{5}));
        longest = std::max(longest, *due - clock.now());
        pass(*due - clock.now());
        track(100 + static_cast<std::uint64_t>(attempt), "x");  // again, something succeeds meanwhile
        respond(200, "{}", 1);
    }
    EXPECT_GT(longest, seconds{2});
    respond(200);
    EXPECT_THAT(journal.acked, testing::Contains(1));
    EXPECT_THAT(journal.letters, IsEmpty());
    EXPECT_EQ(stats::sum(worker->counts().retries.counts()), 10);
}

TEST_F(DestinationWorkerTest, ObeysRetryAfter) {
    start_worker();
    track(1, "a");
    HttpResponse response;
    response.status = 503;
    response.retry_after = "120";
    respond(response);
    pass(seconds{119});
    EXPECT_THAT(network.calls, IsEmpty());
    pass(seconds{2});
    EXPECT_THAT(in_flight(), ElementsAre("a"));
}

TEST_F(DestinationWorkerTest, DeadLettersARejectedEventWithItsRequestAndTheResponse) {
    start_worker();
    track(1, "a");
    const auto sent = network.calls.front().request;
    respond(400, R"({"meta":{"error":"no such thing"}})");
    ASSERT_THAT(journal.letters, SizeIs(1));
    const auto& [offset, letter] = journal.letters.front();
    EXPECT_EQ(offset, 1);
    EXPECT_EQ(letter.reason, Reason::rejected_400);
    EXPECT_THAT(letter.message, HasSubstr("no such thing"));
    EXPECT_EQ(letter.status, 400);
    EXPECT_THAT(letter.response_body, HasSubstr("no such thing"));
    EXPECT_EQ(letter.attempts, 1);
    EXPECT_EQ(letter.source, "web");
    EXPECT_EQ(letter.destination, "customerio");
    EXPECT_EQ(letter.method, sent.method);
    EXPECT_EQ(letter.path, sent.path);
    EXPECT_EQ(letter.body, sent.body);
    EXPECT_THAT(letter.event, HasSubstr(R"("messageId":"m-a")"));
    EXPECT_THAT(journal.acked, IsEmpty());
    expect_idle();
}

TEST_F(DestinationWorkerTest, DeadLettersAnUnreadableRecordAndGoesOn) {
    journal.append("no record", false);
    start_worker();
    track(1, "a");
    append("no record either");
    track(1, "b");
    respond(200);
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(2, 4));
    ASSERT_THAT(journal.letters, ElementsAre(Pair(1, Field(&journal::DeadLetter::reason, Reason::unreadable_record)),
                                             Pair(3, Field(&journal::DeadLetter::reason, Reason::unreadable_record))));
    EXPECT_EQ(journal.letters.front().second.event, "no record");
    expect_idle();
}

TEST_F(DestinationWorkerTest, DeadLettersAnEventThatTheOptionsDoNotMapAnyMore) {
    start_worker();
    append(record_bytes({1, 0, 0}, R"({"type":"track","userId":"p1"})", clock.wall_now()));
    track(1, "a");
    ASSERT_THAT(journal.letters, SizeIs(1));
    const auto& letter = journal.letters.front().second;
    EXPECT_EQ(letter.reason, Reason::event_name_missing);
    EXPECT_EQ(letter.attempts, 0);
    EXPECT_EQ(letter.path, "");
    EXPECT_EQ(letter.status, 0);
    EXPECT_THAT(in_flight(), ElementsAre("a")) << "the next event of the person goes on";
}

TEST_F(DestinationWorkerTest, DeadLettersAnEventThatFailsWhenItIsTooOld) {
    destination.max_age = hours{1};
    start_worker();
    track(1, "a");
    respond(503);
    pass(hours{1} + seconds{1});
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_THAT(journal.letters, IsEmpty()) << "it is tried once more first";
    respond(503, "down");
    ASSERT_THAT(journal.letters, SizeIs(1));
    EXPECT_EQ(journal.letters.front().second.reason, Reason::too_old);
    EXPECT_THAT(journal.letters.front().second.message, HasSubstr("503"));
    EXPECT_EQ(journal.letters.front().second.attempts, 2);
}

TEST_F(DestinationWorkerTest, APauseMakesNoEventOlder) {
    destination.max_age = hours{1};
    start_worker();
    track(1, "a");
    respond(503);
    pause("maintenance");
    pass(hours{5});
    resume();
    pass(seconds{1});
    respond(503);
    EXPECT_THAT(journal.letters, IsEmpty());
    pass(hours{1});
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
}

TEST_F(DestinationWorkerTest, ShowsTheEventStreamWhatHappens) {
    start_worker();
    track(1, "a");
    respond(503);
    pass(seconds{1});
    respond(200);
    const auto records = events.recent({}, 10);
    ASSERT_THAT(records, SizeIs(3));
    EXPECT_EQ(records[2]->outcome, events::Outcome::accepted);
    EXPECT_EQ(records[1]->outcome, events::Outcome::retried);
    EXPECT_EQ(records[1]->reason, Reason::server_error_503);
    EXPECT_EQ(records[0]->outcome, events::Outcome::delivered);
    EXPECT_EQ(records[0]->attempts, 2);
    EXPECT_EQ(records[0]->name, "a");
    EXPECT_EQ(records[0]->path, "/api/v1/customers/p1/events");
    EXPECT_EQ(names_in(records[0]->body), "a");
}

TEST_F(DestinationWorkerTest, ShowsTheEventStreamWhatTheJournalDropsAsADuplicate) {
    start_worker();
    journal.duplicate_listener({{"web", R"({"type":"track","userId":"p1","event":"a"})", clock.wall_now(), {7}}});
    pass(seconds{0});
    const auto record = events.recent({}, 10).front();
    EXPECT_EQ(record->outcome, events::Outcome::dropped);
    EXPECT_EQ(record->reason, Reason::duplicate);
    EXPECT_EQ(record->destination, "customerio");
    EXPECT_EQ(record->source, "web");
    EXPECT_EQ(record->user, "p1");
    EXPECT_EQ(worker->counts().duplicates.value(), 1);
}

TEST_F(DestinationWorkerTest, ShowsTheEventStreamADeadLetterOnceItIsOnDisk) {
    start_worker();
    const auto listener = std::exchange(journal.letter_listener, nullptr);
    track(1, "a");
    respond(400);
    ASSERT_THAT(journal.letters, SizeIs(1));
    EXPECT_EQ(events.recent({}, 10).front()->outcome, events::Outcome::accepted);
    listener({{1, journal.letters.front().second}});
    pass(seconds{0});
    const auto record = events.recent({}, 10).front();
    EXPECT_EQ(record->outcome, events::Outcome::dead_letter);
    EXPECT_EQ(record->reason, Reason::rejected_400);
    EXPECT_EQ(record->attempts, 1);
    EXPECT_EQ(record->status, 400);
    EXPECT_EQ(record->path, "/api/v1/customers/p1/events");
    EXPECT_EQ(record->message_id, message_hash(record->source, "m-a"));
}

TEST_F(DestinationWorkerTest, OpensTheCircuitBreakerAndClosesItAtTheFirstSuccess) {
    start_worker();
    for (std::uint64_t person = 1; person <= 20; ++person) track(person, "a");
    for (int i = 0; i < 20; ++i) respond(503);
    const auto opened = worker->status().circuit_breaker;
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->since, clock.wall_now());
    EXPECT_THAT(opened->message, HasSubstr("503"));
    pass(seconds{2});
    ASSERT_GE(network.calls.size(), 2);
    respond(500);
    ASSERT_TRUE(worker->status().circuit_breaker);
    EXPECT_EQ(worker->status().circuit_breaker->since, opened->since);
    EXPECT_THAT(worker->status().circuit_breaker->message, HasSubstr("500")) << "the latest failure";
    respond(200);
    EXPECT_FALSE(worker->status().circuit_breaker);
    for (int i = 0; i < 100 && journal.acked.size() < 20; ++i) {
        pass(seconds{1});
        while (!network.calls.empty()) respond(200);
    }
    EXPECT_THAT(journal.acked, SizeIs(20));
}

TEST_F(DestinationWorkerTest, HoldsBackWhileTooManyAcksAreUnwritten) {
    start_worker();
    journal.unwritten = 5'000;
    track(1, "a");
    EXPECT_THAT(network.calls, IsEmpty());
    pass(milliseconds{5});
    EXPECT_THAT(network.calls, IsEmpty());
    journal.unwritten = 4'999;
    pass(milliseconds{5});
    EXPECT_THAT(in_flight(), ElementsAre("a"));
}

// Reload

TEST_F(DestinationWorkerTest, AReloadedConfigurationSendsWhatFailedThroughTheFormerClient) {
    start_worker();
    track(1, "a");
    destination.api_key = "another key";
    destination.mapping.api_version = customerio::ApiVersion::v2;
    reload();
    ASSERT_THAT(network.calls, SizeIs(1)) << "the request in flight keeps its connection";
    respond(401);
    EXPECT_EQ(pause_reason(), std::nullopt) << "the former credentials count no more";
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().options.api_key, "another key");
    EXPECT_EQ(network.calls.front().request.path, "/api/v2/batch");
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
    EXPECT_EQ(stats::sum(worker->counts().retries.counts()), 0);
}

TEST_F(DestinationWorkerTest, AReloadKeepsTheSuccessOfARequestInFlight) {
    start_worker();
    track(1, "a");
    reload();
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
    expect_idle();
}

TEST_F(DestinationWorkerTest, AReloadKeepsTheRejectionOfARequestInFlight) {
    start_worker();
    track(1, "a");
    reload();
    respond(422);
    ASSERT_THAT(journal.letters, SizeIs(1));
    EXPECT_EQ(journal.letters.front().second.reason, Reason::rejected_422);
    expect_idle();
}

TEST_F(DestinationWorkerTest, AReloadProbesAPausedDestinationAtOnce) {
    start_worker();
    track(1, "a");
    respond(401);
    EXPECT_EQ(pause_reason(), PauseReason::credentials);
    destination.api_key = "another key";
    reload();
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().options.api_key, "another key");
    respond(200);
    EXPECT_EQ(pause_reason(), std::nullopt);
}

TEST_F(DestinationWorkerTest, AReloadMayGiveItAnotherName) {
    start_worker();
    pause("moving");
    track(1, "a");
    destination.name = "eu";
    reload();
    EXPECT_EQ(journal.values["operator_message/eu"], "moving");
    EXPECT_NE(journal.values["pauses/eu"], "");
    EXPECT_THAT(journal.values["ongoing_pauses/eu"], HasSubstr("ada"));
    resume();
    respond(422);
    ASSERT_THAT(journal.letters, SizeIs(1));
    EXPECT_EQ(journal.letters.front().second.destination, "eu");
    restart();
    EXPECT_EQ(pause_reason(), std::nullopt);
}

TEST_F(DestinationWorkerTest, NamesItsMetadataAfterTheDestination) {
    auto other = destination;
    other.name = "eu";
    EXPECT_THAT(metadata_keys(destination), ElementsAre("pauses/customerio", "ongoing_pauses/customerio",
                                                        "operator_message/customerio", "region/customerio/site"));
    EXPECT_THAT(metadata_keys(other),
                ElementsAre("pauses/eu", "ongoing_pauses/eu", "operator_message/eu", "region/eu/site"));
}

TEST_F(DestinationWorkerTest, SendsWhatWasAppendedBeforeItListened) {
    make_worker();
    journal.append(track_bytes(1, "a"), false);
    worker->start();
    poll();
    EXPECT_THAT(in_flight(), ElementsAre("a"));
    track(2, "b");
    EXPECT_THAT(in_flight(), ElementsAre("a", "b"));
}

TEST_F(DestinationWorkerTest, HearsOfNoCommitOnceItHasStoppedListening) {
    start_worker();
    worker->stop_listening();
    EXPECT_FALSE(journal.listener);
    journal.append(track_bytes(1, "a"));
    poll();
    EXPECT_THAT(in_flight(), IsEmpty());
}

TEST_F(DestinationWorkerTest, CloseCancelsRequestsOfFormerClientsToo) {
    start_worker();
    track(1, "a");
    reload();
    track(2, "b");
    worker->close();
    poll();
    expect_idle();
    EXPECT_THAT(journal.acked, IsEmpty());
    restart();
    EXPECT_THAT(in_flight(), ElementsAre("a", "b"));
}

// Pauses

TEST_F(DestinationWorkerTest, AnOperatorsPauseLastsAcrossRestartsUntilItIsResumed) {
    start_worker();
    pause("maintenance");
    track(1, "a");
    pass(hours{1});
    EXPECT_THAT(network.calls, IsEmpty());
    restart();
    pass(hours{1});
    EXPECT_THAT(network.calls, IsEmpty());
    const auto paused = worker->status().paused();
    ASSERT_TRUE(paused);
    EXPECT_EQ(paused->reason, PauseReason::by_operator);
    EXPECT_EQ(paused->message, "maintenance");
    EXPECT_EQ(paused->since, clock.wall_now() - hours{2});
    resume();
    EXPECT_EQ(pause_reason(), std::nullopt);
    EXPECT_THAT(in_flight(), ElementsAre("a"));
    respond(200);
    restart();
    EXPECT_EQ(pause_reason(), std::nullopt);
    expect_idle();
}

TEST_F(DestinationWorkerTest, AnOperatorsPauseKeepsWhoPausedIt) {
    start_worker();
    EXPECT_EQ(pause("maintenance", "deploy"), std::nullopt);
    const Pause first{PauseReason::by_operator, clock.wall_now(), "maintenance", "deploy"};
    EXPECT_THAT(worker->status().pauses, ElementsAre(first));
    pass(hours{1});
    EXPECT_EQ(pause("", "ada"), first);
    EXPECT_THAT(worker->status().pauses, ElementsAre(first)) << "a second pause without a message changes nothing";
    restart();
    EXPECT_THAT(worker->status().pauses, ElementsAre(first));
    EXPECT_EQ(pause("an incident", "ada"), first);
    const Pause second{PauseReason::by_operator, first.since, "an incident", "ada"};
    EXPECT_THAT(worker->status().pauses, ElementsAre(second));
    restart();
    EXPECT_THAT(worker->status().pauses, ElementsAre(second));
    EXPECT_EQ(resume(), second);
    EXPECT_THAT(worker->status().pauses, IsEmpty());
    EXPECT_EQ(resume(), std::nullopt);
}

TEST_F(DestinationWorkerTest, APauseOfAnEarlierVersionLastsWithoutAName) {
    journal.values["operator_message/customerio"] = "maintenance";
    journal.values["pauses/customerio"] =
        "2 " + std::to_string(clock.age_now().time_since_epoch().count()) + "- operator maintenance";
    start_worker();
    EXPECT_THAT(worker->status().pauses,
                ElementsAre(Pause{PauseReason::by_operator, clock.wall_now(), "maintenance", ""}));
}

TEST_F(DestinationWorkerTest, TheLogSaysAtTheStartThatItIsPausedAndByWhom) {
    start_worker();
    pause("maintenance", "deploy");
    const auto since = to_iso8601(clock.wall_now());
    pass(hours{1});
    logging::start({});
    testing::internal::CaptureStderr();
    restart();
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("warn destination_still_paused destination=customerio reason=operator "
                          "message=\"maintenance\" since=" +
                          since + " by=\"deploy\"\n"));
    testing::internal::CaptureStderr();
    resume();
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("info destination_resumed destination=customerio by=\"bea\"\n"));
    testing::internal::CaptureStderr();
    restart();
    EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("paused")));
}

TEST_F(DestinationWorkerTest, AnOperatorsPauseHidesNoRejectedCredentials) {
    start_worker();
    track(1, "a");
    respond(401);
    const auto rejected = worker->status().pauses.at(0);
    pass(seconds{10});
    pause("maintenance");
    const auto is_paused_for_both = [&] {
        const auto pauses = worker->status().pauses;
        return pauses.size() == 2 && pauses[0].reason == PauseReason::by_operator && pauses[1] == rejected;
    };
    EXPECT_TRUE(is_paused_for_both());
    pass(hours{1});
    EXPECT_THAT(network.calls, IsEmpty()) << "an operator's pause sends no probes";
    restart();
    pass(hours{1});
    EXPECT_THAT(network.calls, IsEmpty());
    EXPECT_TRUE(is_paused_for_both());
    resume();
    EXPECT_THAT(worker->status().pauses, ElementsAre(rejected)) << "only a success ends it";
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    respond(200);
    EXPECT_THAT(worker->status().pauses, IsEmpty());
    EXPECT_THAT(journal.acked, ElementsAre(1));
}

TEST_F(DestinationWorkerTest, AnOperatorsPauseLetsRequestsInFlightEnd) {
    start_worker();
    track(1, "a");
    track(1, "b");
    pause("maintenance");
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
    EXPECT_THAT(network.calls, IsEmpty());
}

TEST_F(DestinationWorkerTest, IsPausedWhileItsCredentialsAreRejectedAndProbesUntilTheyAreAccepted) {
    start_worker();
    track(1, "a");
    respond(401);
    ASSERT_EQ(pause_reason(), PauseReason::credentials);
    EXPECT_THAT(worker->status().paused()->message, HasSubstr("401"));
    track(2, "b");
    ASSERT_THAT(in_flight(), ElementsAre("b")) << "an event that was never rejected is tried at once";
    respond(401);
    track(3, "c");
    respond(403);
    track(4, "d");
    pass(seconds{29});
    EXPECT_THAT(network.calls, IsEmpty());
    pass(seconds{1});
    ASSERT_THAT(network.calls, SizeIs(1));
    respond(401);
    pass(seconds{30});
    ASSERT_THAT(network.calls, SizeIs(1));
    respond(200);
    EXPECT_EQ(pause_reason(), std::nullopt);
    while (!network.calls.empty()) respond(200);
    EXPECT_THAT(journal.acked, testing::UnorderedElementsAre(1, 2, 3, 4));
    EXPECT_THAT(journal.letters, IsEmpty());
}

TEST_F(DestinationWorkerTest, ACredentialsPauseLastsAcrossARestartWithAProbeAtOnce) {
    start_worker();
    track(1, "a");
    track(2, "b");
    respond(401);
    respond(401);
    const auto since = worker->status().paused()->since;
    pass(seconds{10});
    restart();
    ASSERT_EQ(pause_reason(), PauseReason::credentials);
    EXPECT_EQ(worker->status().paused()->since, since);
    ASSERT_THAT(network.calls, SizeIs(1)) << "one probe";
    respond(200);
    EXPECT_EQ(pause_reason(), std::nullopt);
    EXPECT_THAT(network.calls, SizeIs(1));
}

TEST_F(DestinationWorkerTest, ResumeProbesADestinationThatIsPausedForItsCredentials) {
    start_worker();
    track(1, "a");
    respond(401);
    EXPECT_THAT(network.calls, IsEmpty());
    resume();
    EXPECT_THAT(in_flight(), ElementsAre("a"));
}

// Erasing

class ErasureTest : public DestinationWorkerTest {
protected:
    // Of the events that contain `text`.
    Erasure erase(const std::string& text, bool dry_run = false) {
        auto done = worker->erase([text](std::string_view event) { return event.find(text) != std::string_view::npos; },
                                  dry_run);
        poll();
        if (done.wait_for(seconds{0}) != std::future_status::ready) throw std::runtime_error("the worker did nothing");
        return done.get();
    }
};

TEST_F(ErasureTest, ErasesPendingEventsOfAPausedDestinationAndSendsTheOthersInTheirOrder) {
    start_worker();
    pause("maintenance");
    for (const char* name : {"a", "b", "c"}) track(1, name);
    track(2, "d");
    EXPECT_EQ(erase("\"p1\"", true).events, 3);
    EXPECT_THAT(journal.letters, IsEmpty()) << "a dry run";
    EXPECT_EQ(erase("\"b\"").events, 1);
    ASSERT_THAT(journal.letters, SizeIs(1));
    const auto& letter = journal.letters.front().second;
    EXPECT_EQ(letter.reason, Reason::erased);
    EXPECT_EQ(letter.event, "{}") << "nothing of the person remains";
    EXPECT_EQ(letter.body, "");
    EXPECT_THAT(worker->counts().dead_lettered.counts(), testing::Contains(Pair(Reason::erased, 1U)));
    EXPECT_EQ(erase("\"b\"").events, 0);
    resume();
    ASSERT_THAT(in_flight(), ElementsAre("a", "d"));
    respond(200);
    respond(200);
    ASSERT_THAT(in_flight(), ElementsAre("c"));
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1, 4, 3));
    expect_idle();
}

TEST_F(ErasureTest, AnEventInFlightIsNotErased) {
    start_worker();
    track(1, "a");
    track(1, "b");
    const auto first = erase("\"p1\"");
    EXPECT_EQ(first.events, 1);
    EXPECT_EQ(first.in_flight, 1);
    respond(503);
    const auto second = erase("\"p1\"");
    EXPECT_EQ(second.events, 1) << "it is pending again";
    EXPECT_EQ(second.in_flight, 0);
    pass(hours{1});
    EXPECT_THAT(network.calls, IsEmpty());
    EXPECT_THAT(journal.records, IsEmpty());
    track(1, "c");
    ASSERT_THAT(in_flight(), ElementsAre("c")) << "the erased ones block nothing";
    respond(200);
    expect_idle();
}

TEST_F(ErasureTest, AnEventThatDeletesThePersonIsStillSent) {
    destination.mapping.semantic_events.set();
    start_worker();
    pause("maintenance");
    track(1, "a");
    track(1, "User Deleted");
    const auto erasure = erase("\"p1\"");
    EXPECT_EQ(erasure.events, 1);
    EXPECT_EQ(erasure.deletions, 1);
    resume();
    ASSERT_THAT(network.calls, SizeIs(1));
    EXPECT_EQ(network.calls.front().request.method, "DELETE");
}

TEST_F(ErasureTest, ErasesOfABatchToo) {
    use_batches();
    start_worker();
    pause("maintenance");
    track(1, "a");
    track(2, "b");
    track(3, "c");
    EXPECT_EQ(erase("\"p2\"").events, 1);
    resume();
    ASSERT_THAT(in_flight(), ElementsAre("ac"));
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1, 3));
    expect_idle();
}

TEST_F(ErasureTest, ErasesWhatWasNotReadYet) {
    destination.region = config::Region::autodetect;
    start_worker();
    for (const char* name : {"a", "b"}) track(1, name);
    EXPECT_EQ(erase("\"a\"").events, 1) << "its region is not known yet";
    respond(200, R"({"region":"us"})");
    ASSERT_THAT(in_flight(), ElementsAre("b"));
    respond(200);
    expect_idle();
}

TEST_F(ErasureTest, AnEventThatIsAcceptedMeanwhileStays) {
    start_worker();
    pause("maintenance");
    track(1, "a");
    auto done = worker->erase([](std::string_view) { return true; }, false);
    poll_one();  // the erasure has begun
    track(1, "b");
    poll();
    EXPECT_EQ(done.get().events, 1);
    resume();
    EXPECT_THAT(in_flight(), ElementsAre("b"));
}

TEST_F(ErasureTest, ErasesOnlyWhatThisProcessDelivers) {
    start_worker();
    pause("maintenance");
    track(1, "a");
    journal.own(false);
    poll();
    EXPECT_EQ(erase("\"a\"").error, "another node delivers it: ask that one");
    journal.own(true);
    poll();
    EXPECT_EQ(erase("\"a\"").events, 1);
}

TEST_F(ErasureTest, ADiskThatFailsEndsIt) {
    start_worker();
    pause("maintenance");
    track(1, "a");
    journal.read_fails = true;
    EXPECT_EQ(erase("a").error, "the journal cannot be read");
    journal.read_fails = false;
    EXPECT_EQ(erase("\"a\"").error, "");
}

// Region

class RegionTest : public DestinationWorkerTest {
protected:
    RegionTest() { destination.region = config::Region::autodetect; }
};

TEST_F(RegionTest, AsksForTheRegionBeforeItSendsEvents) {
    start_worker();
    track(1, "a");
    ASSERT_THAT(network.calls, SizeIs(1));
    EXPECT_EQ(network.calls.front().request.method, "GET");
    EXPECT_EQ(network.calls.front().request.path, region_path);
    EXPECT_EQ(network.calls.front().endpoint.host, "track.customer.io");
    respond(200, R"({"region":"us"})");
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().endpoint.host, "track.customer.io");
}

TEST_F(RegionTest, SendsEventsOfAEuropeanAccountThere) {
    start_worker();
    track(1, "a");
    respond(200, R"({"region":"eu"})");
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().endpoint.host, "track-eu.customer.io");
    EXPECT_EQ(worker->status().host, "track-eu.customer.io");
}

TEST_F(RegionTest, AsksOnceInAnAccountsLife) {
    start_worker();
    respond(200, R"({"region":"eu"})");
    restart();
    track(1, "a");
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().endpoint.host, "track-eu.customer.io");
}

TEST_F(RegionTest, IsPausedUntilTheRegionIsKnown) {
    start_worker();
    track(1, "a");
    respond(503);
    ASSERT_EQ(pause_reason(), PauseReason::region_unknown);
    EXPECT_THAT(worker->status().paused()->message, HasSubstr("503"));
    EXPECT_TRUE(worker->is_idle()) << "a drain does not wait for the next query";
    pass(seconds{29});
    EXPECT_THAT(network.calls, IsEmpty());
    track(2, "b");
    EXPECT_THAT(network.calls, IsEmpty());
    pass(seconds{1});
    ASSERT_THAT(network.calls, SizeIs(1));
    respond(200, R"({"region":"mars"})");
    EXPECT_EQ(pause_reason(), PauseReason::region_unknown);
    pass(seconds{30});
    respond(200, R"({"region":"us"})");
    EXPECT_EQ(pause_reason(), std::nullopt);
    EXPECT_THAT(in_flight(), ElementsAre("a", "b"));
}

TEST_F(RegionTest, ResumeAsksAgainAtOnce) {
    start_worker();
    respond(503);
    resume();
    ASSERT_THAT(network.calls, SizeIs(1));
    EXPECT_EQ(network.calls.front().request.path, region_path);
}

TEST_F(RegionTest, ResumeEndsAnOperatorsPauseAlsoWhileTheRegionIsAskedFor) {
    start_worker();
    pause("maintenance");
    restart();
    ASSERT_EQ(pause_reason(), PauseReason::by_operator);
    resume();
    EXPECT_EQ(pause_reason(), std::nullopt);
    EXPECT_THAT(network.calls, SizeIs(1));
}

TEST_F(RegionTest, AReloadWhileTheResponseIsAwaitedAsksWithTheNewCredentials) {
    start_worker();
    track(1, "a");
    destination.site_id = "another site";
    reload();
    ASSERT_THAT(network.calls, SizeIs(2));
    EXPECT_EQ(network.calls.back().options.site_id, "another site");
    respond(200, R"({"region":"eu"})");  // of the former account
    EXPECT_THAT(network.calls, SizeIs(1));
    EXPECT_EQ(worker->status().host, "track.customer.io");
    respond(200, R"({"region":"us"})");
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().endpoint.host, "track.customer.io");
}

TEST_F(RegionTest, AReloadThatNamesTheRegionSendsAtOnce) {
    start_worker();
    track(1, "a");
    respond(503);
    destination.region = config::Region::eu;
    reload();
    EXPECT_EQ(pause_reason(), std::nullopt);
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().endpoint.host, "track-eu.customer.io");
}

TEST_F(RegionTest, AReloadThatAsksForTheRegionHoldsEventsBackUntilItIsKnown) {
    destination.region = config::Region::us;
    start_worker();
    track(1, "a");
    destination.region = config::Region::autodetect;
    reload();
    track(2, "b");
    ASSERT_THAT(network.calls, SizeIs(2));
    EXPECT_EQ(network.calls.back().request.path, region_path);
    respond(200, R"({"region":"us"})", 1);
    EXPECT_THAT(in_flight(), ElementsAre("a", "b"));
}

// Redirects

TEST_F(DestinationWorkerTest, FollowsARedirectToTheOtherRegion) {
    start_worker();
    track(1, "a");
    respond(redirect_to("https://track-eu.customer.io/api/v1/customers/p1/events"));
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    EXPECT_EQ(network.calls.front().endpoint.host, "track-eu.customer.io");
    EXPECT_EQ(worker->status().host, "track-eu.customer.io");
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
    EXPECT_EQ(stats::sum(worker->counts().retries.counts()), 0);
    track(2, "b");
    EXPECT_EQ(network.calls.front().endpoint.host, "track-eu.customer.io");
}

TEST_F(DestinationWorkerTest, FollowsFiveRedirectsInARowAndNoMore) {
    start_worker();
    track(1, "a");
    for (int i = 0; i < 5; ++i) {
        ASSERT_THAT(network.calls, SizeIs(1));
        const bool at_us = network.calls.front().endpoint.host == "track.customer.io";
        respond(redirect_to(at_us ? "https://track-eu.customer.io/" : "https://track.customer.io/"));
    }
    ASSERT_THAT(network.calls, SizeIs(1));
    respond(redirect_to("https://track.customer.io/"));
    EXPECT_THAT(network.calls, IsEmpty());
    EXPECT_EQ(stats::sum(worker->counts().retries.counts()), 1);
    pass(seconds{1});
    ASSERT_THAT(network.calls, SizeIs(1));
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
}

TEST_F(DestinationWorkerTest, SendsNoCredentialsToAnotherHost) {
    start_worker();
    track(1, "a");
    respond(redirect_to("https://example.com/"));
    EXPECT_THAT(network.calls, IsEmpty());
    EXPECT_EQ(worker->status().host, "track.customer.io");
    pass(seconds{1});
    ASSERT_THAT(network.calls, SizeIs(1));
    EXPECT_EQ(network.calls.front().endpoint.host, "track.customer.io");
}

// The disk

TEST_F(DestinationWorkerTest, ReadsTheBacklogAgainASecondAfterTheDiskFailed) {
    journal.append(track_bytes(1, "a"), false);
    journal.read_fails = true;
    start_worker();
    EXPECT_EQ(journal.reads, 1);
    pass(milliseconds{999});
    EXPECT_EQ(journal.reads, 1);
    pass(milliseconds{1});
    EXPECT_EQ(journal.reads, 2);
    journal.read_fails = false;
    pass(seconds{1});
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
}

TEST_F(DestinationWorkerTest, WakesUpAtTheEarliestOfTheTimesThatItWaitsFor) {
    start_worker();
    track(1, "a");
    HttpResponse later;
    later.status = 503;
    later.retry_after = "300";
    respond(later);
    journal.append(track_bytes(2, "b"), false);  // not handed over: it has to be read
    journal.read_fails = true;
    track(3, "c");
    track(4, "d");  // the worker looks for the next attempt, in 300 s, once more
    EXPECT_EQ(journal.reads, 1);
    EXPECT_THAT(network.calls, IsEmpty());
    journal.read_fails = false;
    pass(seconds{1});
    ASSERT_THAT(in_flight(), ElementsAre("b", "c", "d"));
    for (int i = 0; i < 3; ++i) respond(200);
    pass(seconds{299});
    ASSERT_THAT(in_flight(), ElementsAre("a"));
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(2, 3, 4, 1));
}

// An event behind one that backs off is not kept in memory: it is read again when its turn comes.
class EvictedTest : public DestinationWorkerTest {
protected:
    void begin() {
        start_worker();
        track(1, "a");
        respond(503);
        track(1, "b");
        track(1, "c");
        pass(seconds{1});
        ASSERT_THAT(in_flight(), ElementsAre("a"));
        ASSERT_EQ(journal.reads, 0);
    }
};

TEST_F(EvictedTest, IsReadAgainWhenItsTurnComes) {
    begin();
    respond(200);
    EXPECT_EQ(journal.reads, 1);
    ASSERT_THAT(in_flight(), ElementsAre("b"));
    respond(200);
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1, 2, 3));
}

TEST_F(EvictedTest, IsReadASecondLaterIfTheDiskFailsAndDelaysNobodyElse) {
    begin();
    journal.read_fails = true;
    respond(200);
    EXPECT_EQ(journal.reads, 1);
    track(2, "other");
    EXPECT_THAT(in_flight(), ElementsAre("other"));
    respond(200);
    pass(milliseconds{999});
    EXPECT_EQ(journal.reads, 1);
    journal.read_fails = false;
    pass(milliseconds{1});
    ASSERT_THAT(in_flight(), ElementsAre("b"));
    respond(200);
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1, 4, 2, 3));
}

TEST_F(EvictedTest, IsNoReasonForADrainToWait) {
    begin();
    journal.read_fails = true;
    respond(200);
    EXPECT_FALSE(worker->is_idle());
    worker->stop_dispatch();
    poll();
    EXPECT_TRUE(worker->is_idle());
    journal.read_fails = false;
    restart();
    EXPECT_THAT(in_flight(), ElementsAre("b"));
}

TEST_F(EvictedTest, LetsTheNextEventGoIfTheJournalHasLostIt) {
    begin();
    journal.records.erase(2);
    respond(200);
    ASSERT_THAT(in_flight(), ElementsAre("c"));
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1, 3));
    EXPECT_THAT(journal.letters, IsEmpty());
    expect_idle();
}

TEST_F(EvictedTest, IsADeadLetterIfItIsUnreadableNow) {
    begin();
    journal.records[2] = "damaged";
    respond(200);
    ASSERT_THAT(in_flight(), ElementsAre("c"));
    EXPECT_THAT(journal.letters,
                ElementsAre(Pair(2, AllOf(Field(&journal::DeadLetter::reason, Reason::unreadable_record),
                                          Field(&journal::DeadLetter::event, "damaged")))));
}

// Drain

TEST_F(DestinationWorkerTest, ADrainSendsNothingNewAndEndsWithTheRequestsInFlight) {
    start_worker();
    track(1, "a");
    track(1, "b");
    worker->stop_dispatch();
    poll();
    EXPECT_FALSE(worker->is_idle());
    track(2, "c");
    EXPECT_THAT(in_flight(), ElementsAre("a"));
    respond(200);
    EXPECT_THAT(journal.acked, ElementsAre(1));
    expect_idle();
    pass(hours{1});
    expect_idle();
    restart();
    EXPECT_THAT(in_flight(), ElementsAre("b", "c"));
}

TEST_F(DestinationWorkerTest, CloseCancelsTheRequestsInFlight) {
    start_worker();
    track(1, "a");
    worker->close();
    poll();
    expect_idle();
    EXPECT_THAT(journal.acked, IsEmpty());
    EXPECT_EQ(stats::sum(worker->counts().retries.counts()), 0) << "it is no failed attempt";
    restart();
    EXPECT_THAT(in_flight(), ElementsAre("a"));
}

TEST_F(RegionTest, ADrainEndsTheQueriesForTheRegion) {
    start_worker();
    EXPECT_FALSE(worker->is_idle());
    worker->close();
    poll();
    expect_idle();
    pass(hours{1});
    expect_idle();
}

// Batches

class BatchTest : public DestinationWorkerTest {
protected:
    BatchTest() { use_batches(); }

    // One event each of so many persons, of an earlier process: they go together.
    void begin(std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            journal.append(track_bytes(i + 1, std::string(1, static_cast<char>('a' + i))), false);
        }
        start_worker();
    }
};

TEST_F(BatchTest, DeadLettersTheOneItemThatA207Rejects) {
    begin(3);
    ASSERT_THAT(in_flight(), ElementsAre("abc"));
    respond(207, R"({"errors":[{"batch_index":1,"reason":"invalid","field":"name","message":"is bad"}]})");
    EXPECT_THAT(journal.acked, ElementsAre(1, 3));
    ASSERT_THAT(journal.letters, SizeIs(1));
    const auto& [offset, letter] = journal.letters.front();
    EXPECT_EQ(offset, 2);
    EXPECT_EQ(letter.reason, Reason::rejected_207);
    EXPECT_EQ(letter.status, 207);
    EXPECT_THAT(letter.response_body, AllOf(HasSubstr("is bad"), HasSubstr("\"batch_index\":1")));
    EXPECT_EQ(names_in(letter.body), "b") << "the request that it would be by itself";
    expect_idle();
}

TEST_F(BatchTest, FindsTheRejectedEventOfABatchByBisection) {
    begin(8);
    ASSERT_THAT(in_flight(), ElementsAre("abcdefgh"));
    std::size_t requests = 0;
    while (!network.calls.empty()) {
        const bool has_it = in_flight().front().find('f') != std::string::npos;
        respond(has_it ? 400 : 200);
        ASSERT_LT(++requests, 10);
    }
    EXPECT_THAT(journal.acked, testing::UnorderedElementsAre(1, 2, 3, 4, 5, 7, 8));
    ASSERT_THAT(journal.letters, SizeIs(1));
    EXPECT_EQ(journal.letters.front().first, 6);
    EXPECT_EQ(journal.letters.front().second.reason, Reason::rejected_400);
    EXPECT_EQ(journal.letters.front().second.attempts, 1);
}

TEST_F(BatchTest, KeepsAnEventThatCannotBeMappedOutOfTheBatch) {
    journal.append(track_bytes(1, "a"), false);
    journal.append(record_bytes({2, 0, 0}, R"({"type":"track","userId":"p2"})", clock.wall_now()), false);
    journal.append(track_bytes(3, "c"), false);
    start_worker();
    EXPECT_THAT(in_flight(), ElementsAre("ac"));
    EXPECT_THAT(journal.letters, SizeIs(1));
}

TEST_F(BatchTest, RetriesAllItemsOfABatchThatFailed) {
    begin(2);
    respond(503);
    EXPECT_THAT(journal.acked, IsEmpty());
    for (int i = 0; i < 10 && journal.acked.size() < 2; ++i) {
        pass(seconds{1});
        while (!network.calls.empty()) respond(200);
    }
    EXPECT_THAT(journal.acked, testing::UnorderedElementsAre(1, 2));
}

// Deletions

class DeletionTest : public DestinationWorkerTest {
protected:
    DeletionTest() { destination.mapping.semantic_events.set(); }

    // With the keys of the mapping, as ingest appends it.
    void append_event(const std::string& text, bool announced = true) {
        json::Event event;
        ASSERT_TRUE(event.parse(text)) << text;
        customerio::Mapper mapper(destination.mapping);
        customerio::Mapped mapped;
        ASSERT_TRUE(mapper.map(event, mapped)) << text;
        auto bytes = record_bytes(mapped.keys, text, clock.wall_now());
        if (announced) {
            append(std::move(bytes));
        } else {
            journal.append(std::move(bytes), false);
        }
    }
    void append_all(bool announced = true) {
        for (const std::string event :
             {R"({"type":"identify","userId":"ada","messageId":"1","traits":{"plan":"old"}})",
              R"({"type":"track","userId":"ada","messageId":"2","event":"User Deleted"})",
              R"({"type":"identify","userId":"ada","messageId":"3","traits":{"plan":"new"}})"}) {
            append_event(event, announced);
        }
    }

    // "PUT new": the method and, where there is a body, the plan that it names; of a batch the action of each item.
    std::vector<std::string> sent() const {
        std::vector<std::string> all;
        for (const auto& call : network.calls) {
            std::string text(call.request.method);
            const auto body = nlohmann::json::parse(call.request.body, nullptr, false);
            const auto add_plan = [&](const nlohmann::json& attributes) {
                if (attributes.contains("plan")) text += ' ' + attributes.at("plan").get<std::string>();
            };
            if (body.contains("batch")) {
                for (const auto& item : body.at("batch")) {
                    text += ' ' + item.at("action").get<std::string>();
                    add_plan(item.value("attributes", nlohmann::json::object()));
                }
            } else if (body.is_object()) {
                add_plan(body);
            }
            all.push_back(text);
        }
        return all;
    }
};

TEST_F(DeletionTest, KeepsItsPlaceInThePersonsOrder) {
    start_worker();
    append_all();
    EXPECT_THAT(sent(), ElementsAre("PUT old"));
    respond(200);
    EXPECT_THAT(sent(), ElementsAre("DELETE"));
    EXPECT_EQ(network.calls.front().request.path, "/api/v1/customers/ada");
    respond(503);
    EXPECT_THAT(network.calls, IsEmpty()) << "the next event waits for the deletion's retry";
    pass(seconds{1});
    EXPECT_THAT(sent(), ElementsAre("DELETE"));
    respond(200);
    EXPECT_THAT(sent(), ElementsAre("PUT new"));
}

TEST_F(DeletionTest, KeepsItsPlaceBetweenBatches) {
    use_batches();
    append_all(false);
    start_worker();
    EXPECT_THAT(sent(), ElementsAre("POST identify old"));
    respond(200);
    EXPECT_THAT(sent(), ElementsAre("POST delete"));
    respond(200);
    EXPECT_THAT(sent(), ElementsAre("POST identify new"));
}

TEST_F(DeletionTest, KeepsItsPlaceWithinABatch) {
    use_batches();
    destination.allow_same_person = true;
    append_all(false);
    start_worker();
    EXPECT_THAT(sent(), ElementsAre("POST identify old delete identify new"));
}

TEST_F(DeletionTest, SaysInItsDeadLetterThatThePersonWasNotDeleted) {
    start_worker();
    append_all();
    respond(200);
    respond(404, R"({"meta":{"error":"no such thing"}})");
    ASSERT_THAT(journal.letters, SizeIs(1));
    const auto& letter = journal.letters.front().second;
    EXPECT_EQ(letter.reason, Reason::rejected_404);
    EXPECT_THAT(letter.message, AllOf(StartsWith("the person was not deleted: 404"), HasSubstr("no such thing")));
    EXPECT_THAT(sent(), ElementsAre("PUT new")) << "the next event of the person goes on";
    respond(400);
    ASSERT_THAT(journal.letters, SizeIs(2));
    EXPECT_THAT(journal.letters.back().second.message, Not(HasSubstr("was not")));
}

TEST_F(DeletionTest, SaysSoAsAnItemOfABatchToo) {
    use_batches();
    destination.allow_same_person = true;
    append_all(false);
    start_worker();
    respond(207, R"({"errors":[{"batch_index":1,"reason":"invalid","field":"action","message":"is bad"}]})");
    EXPECT_THAT(journal.acked, ElementsAre(1, 3));
    ASSERT_THAT(journal.letters, SizeIs(1));
    EXPECT_EQ(journal.letters.front().second.reason, Reason::rejected_207);
    EXPECT_THAT(journal.letters.front().second.message, StartsWith("the person was not deleted: "));
}

TEST_F(DeletionTest, SaysSoIfItIsTooOldOrCannotBeMappedAnyMore) {
    destination.max_age = hours{1};
    start_worker();
    append_event(R"({"type":"track","userId":"ada","messageId":"1","event":"User Suppressed"})");
    append(record_bytes({1, 0, 0}, R"({"type":"track","event":"User Deleted","anonymousId":"a"})", clock.wall_now()));
    respond(503);
    pass(hours{1} + seconds{1});
    respond(503);
    ASSERT_THAT(journal.letters, SizeIs(2));
    EXPECT_EQ(journal.letters.front().second.message, "the person was not deleted: User Deleted needs userId or email");
    EXPECT_EQ(journal.letters.back().second.reason, Reason::too_old);
    EXPECT_THAT(journal.letters.back().second.message, StartsWith("the person was not suppressed: older than"));
}

}  // namespace
}  // namespace pintle::delivery
