#include <algorithm>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "call.hpp"
#include "pintle/customerio/key_hash.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/logging/logging.hpp"

// A source with several destinations.
namespace pintle::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IngestFixture;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr journal::Stream us = 1;
constexpr journal::Stream eu = 2;

const std::string track = R"({"type":"track","userId":"u","event":"e","messageId":"m"})";
// Only a destination with `identify_anonymous` maps it.
const std::string anonymous = R"({"type":"identify","anonymousId":"a","messageId":"m"})";

Options one_destination() {
    auto options = IngestFixture::default_options();
    auto& only = options.sources.front().destinations.front();
    only.name = "us";
    only.stream = us;
    return options;
}

template <class Change>
Options two_destinations(Change change) {
    auto options = one_destination();
    auto& destinations = options.sources.front().destinations;
    destinations.push_back(destinations.front());
    destinations.back().name = "eu";
    destinations.back().stream = eu;
    change(destinations.front(), destinations.back());
    return options;
}

Options two_destinations() {
    return two_destinations([](Destination&, Destination&) {});
}

customerio::ConsentPolicy needs_c4() {
    return customerio::ConsentPolicy({{customerio::ConsentProvider::one_trust, {"C4"}}});
}

// The first rejects what the second maps.
Options strict_and_lenient() {
    return two_destinations([](Destination& first, Destination&) { first.mapping.identify_anonymous = false; });
}

std::vector<journal::Record> records(const journal::WriteBatch& append, journal::Stream stream) {
    std::vector<journal::Record> found;
    for (const auto& entry : append.records) {
        if (entry.stream == stream) found.push_back(journal::decode(entry.bytes).value());
    }
    return found;
}

std::vector<std::string> texts(const journal::WriteBatch& append, journal::Stream stream) {
    std::vector<std::string> found;
    for (const auto& record : records(append, stream)) found.emplace_back(record.event);
    return found;
}

std::vector<Reason> letters(const journal::WriteBatch& append, journal::Stream stream) {
    std::vector<Reason> found;
    for (const auto& [of, letter, message] : append.dead_letters) {
        if (of == stream) found.push_back(letter.reason);
    }
    return found;
}

DestinationCounts counts_at(const IngestFixture& fixture, const std::string& name) {
    const auto source = fixture.ingest.counts().sources.at(0);
    const auto found = std::ranges::find(source.destinations, name, &DestinationCounts::destination);
    if (found == source.destinations.end()) throw std::logic_error("no counts of " + name);
    const auto& at = *found;
    EXPECT_EQ(at.received, at.rejected + at.accepted + stats::sum(at.dead_lettered) + at.duplicate +
                               at.integration_disabled + at.consent_denied + at.filtered)
        << name;
    return at;
}

std::uint64_t received(const IngestFixture& fixture) {
    const auto counts = fixture.ingest.counts().sources.at(0).received;
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

TEST(Destinations, GetEachEventInOneCommit) {
    IngestFixture fixture(two_destinations());
    EXPECT_EQ(
        fixture.post("/v1/batch", R"({"batch":[)" + track + R"(,{"type":"page","userId":"v","name":"p"}]})").status,
        200U);
    ASSERT_THAT(fixture.committed, SizeIs(1));
    const auto& append = fixture.committed.front();
    EXPECT_THAT(texts(append, us), ElementsAre(HasSubstr(R"("userId":"u")"), HasSubstr(R"("userId":"v")")));
    EXPECT_EQ(texts(append, us), texts(append, eu));
    const auto first = records(append, us).front();
    const auto second = records(append, eu).front();
    EXPECT_EQ(first.destination, "us");
    EXPECT_EQ(second.destination, "eu");
    EXPECT_EQ(first.message, second.message) << "it is one event to whoever follows it";
    EXPECT_EQ(first.received, second.received);
}

TEST(Destinations, ThatCannotMapAnEventGetADeadLetterWhileTheOthersGetTheEvent) {
    IngestFixture fixture(strict_and_lenient());
    EXPECT_EQ(fixture.post("/v1/identify", anonymous).status, 200U);
    const auto& append = fixture.committed.front();
    EXPECT_THAT(letters(append, us), ElementsAre(Reason::identify_person_missing));
    EXPECT_THAT(texts(append, us), IsEmpty());
    ASSERT_THAT(texts(append, eu), SizeIs(1));
    EXPECT_EQ(append.dead_letters.front().letter.destination, "us");
    EXPECT_EQ(append.dead_letters.front().letter.event, texts(append, eu).front());
    EXPECT_EQ(stats::sum(counts_at(fixture, "us").dead_lettered), 1U);
    EXPECT_EQ(counts_at(fixture, "eu").accepted, 1U);
    EXPECT_EQ(received(fixture), 1U) << "an event counts once";
}

TEST(Destinations, RejectASingleEventThatNoneOfThemTakesForTheReasonOfTheFirst) {
    IngestFixture fixture(two_destinations([](Destination& first, Destination& second) {
        first.mapping.identify_anonymous = false;
        second.mapping.identify_anonymous = false;
    }));
    const auto response = fixture.post("/v1/identify", anonymous);
    EXPECT_EQ(response.status, 400U);
    EXPECT_THAT(response.body, HasSubstr(std::string(sentence(Reason::identify_person_missing))));
    EXPECT_THAT(fixture.committed, IsEmpty());
    EXPECT_EQ(counts_at(fixture, "us").rejected, 1U);
    EXPECT_EQ(counts_at(fixture, "eu").rejected, 1U);
    EXPECT_EQ(stats::sum(fixture.ingest.counts().sources.at(0).rejected), 1U) << "an event counts once";
}

TEST(Destinations, EachKeepADeadLetterOfAnEventOfABatchThatNoneOfThemTakes) {
    IngestFixture fixture(two_destinations());
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":[{"type":"track","userId":"u"},42,)" + track + "]}").status, 200U);
    for (const auto stream : {us, eu}) {
        EXPECT_THAT(letters(fixture.committed.front(), stream),
                    ElementsAre(Reason::event_name_missing, Reason::event_not_an_object));
        EXPECT_THAT(texts(fixture.committed.front(), stream), SizeIs(1));
    }
    EXPECT_EQ(stats::sum(counts_at(fixture, "us").dead_lettered), 2U);
    EXPECT_EQ(stats::sum(counts_at(fixture, "eu").dead_lettered), 2U);
}

TEST(Destinations, SayOfADeletionOnlyWhereItIsOneThatItWasNotCarriedOut) {
    IngestFixture fixture(
        two_destinations([](Destination& first, Destination&) { first.mapping.semantic_events.set(); }));
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":[{"type":"track","event":"User Deleted"}]})").status, 200U);
    std::vector<std::string> messages;
    for (const auto& [stream, letter, message] : fixture.committed.at(0).dead_letters)
        messages.push_back(letter.message);
    EXPECT_THAT(messages, ElementsAre("the person was not deleted: User Deleted needs userId or email",
                                      "event needs userId, email or anonymousId"));
}

TEST(Destinations, EachKeepTheLargeEventsOfABatchAsDeadLetters) {
    IngestFixture fixture(two_destinations());
    const std::string large = R"({"type":"track","userId":"u","event":"e","x":")" + std::string(40'000, 'x') + "\"}";
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":[)" + large + "]}").status, 200U);
    for (const auto stream : {us, eu})
        EXPECT_THAT(letters(fixture.committed.front(), stream), ElementsAre(Reason::event_too_large));
}

TEST(Destinations, EachAskForTheirOwnConsent) {
    IngestFixture fixture(two_destinations([](Destination& first, Destination&) { first.consent = needs_c4(); }));
    const std::string denied =
        R"({"type":"track","userId":"u","event":"e","context":{"consentManagement":{"deniedConsentIds":["C4"]}}})";
    EXPECT_EQ(fixture.post("/v1/track", denied).status, 200U);
    EXPECT_THAT(texts(fixture.committed.front(), us), IsEmpty());
    EXPECT_THAT(texts(fixture.committed.front(), eu), SizeIs(1));
    EXPECT_EQ(counts_at(fixture, "us").consent_denied, 1U);
    EXPECT_EQ(counts_at(fixture, "eu").accepted, 1U);
}

TEST(Destinations, EachHaveTheirOwnFilter) {
    IngestFixture fixture(two_destinations([](Destination& first, Destination& second) {
        first.events = {{{customerio::EventType::track, "Order *"}}, {}};
        second.events = {{}, {{customerio::EventType::track, "Order Test*"}}};
    }));
    const auto post = [&](const std::string& name) {
        return fixture.post("/v1/track", R"({"userId":"u","event":")" + name + "\"}").status;
    };
    EXPECT_EQ(post("Order Completed"), 200U);
    EXPECT_EQ(post("Click"), 200U);
    EXPECT_EQ(post("Order Tested"), 200U);
    ASSERT_THAT(fixture.committed, SizeIs(3));
    const auto taken = [&](std::size_t request) {
        return std::pair(texts(fixture.committed[request], us).size(), texts(fixture.committed[request], eu).size());
    };
    EXPECT_EQ(taken(0), std::pair(1UL, 1UL));
    EXPECT_EQ(taken(1), std::pair(0UL, 1UL));
    EXPECT_EQ(taken(2), std::pair(1UL, 0UL));
    EXPECT_EQ(counts_at(fixture, "us").filtered, 1U);
    EXPECT_EQ(counts_at(fixture, "eu").filtered, 1U);
}

TEST(Destinations, ThatAreFullRejectNoRequestWhoseEventsTheyFilter) {
    IngestFixture fixture(two_destinations(
        [](Destination&, Destination& second) { second.events = {{{customerio::EventType::track, "Order *"}}, {}}; }));
    const auto post = [&](const std::string& path, const std::string& body) { return fixture.post(path, body).status; };
    const std::string click = R"({"type":"track","userId":"u","event":"Click"})";
    const std::string order = R"({"type":"track","userId":"u","event":"Order Completed"})";
    fixture.journal.full = eu;
    EXPECT_EQ(post("/v1/track", click), 200U);
    ASSERT_THAT(fixture.committed, SizeIs(1));
    EXPECT_THAT(texts(fixture.committed[0], us), SizeIs(1));
    EXPECT_EQ(counts_at(fixture, "eu").filtered, 1U);
    EXPECT_EQ(post("/v1/track", order), 503U);
    EXPECT_EQ(post("/v1/batch", R"({"batch":[)" + click + "," + order + "]}"), 503U);
    EXPECT_THAT(fixture.committed, SizeIs(1)) << "a request is kept whole or not at all";
    EXPECT_EQ(stats::sum(fixture.ingest.counts().sources.at(0).rejected), 3U);
    fixture.journal.full = us;
    EXPECT_EQ(post("/v1/track", click), 503U);
    fixture.journal.full = 0;
    EXPECT_EQ(post("/v1/track", order), 200U);
}

TEST(Filters, DropWhatTheyDoNotAdmitWithoutMappingIt) {
    auto options = one_destination();
    options.sources.front().destinations.front().events = {{}, {{customerio::EventType::track, {}}}};
    IngestFixture fixture(options);
    EXPECT_EQ(fixture.post("/v1/track", R"({"userId":"u"})").status, 200U) << "nor is its name missing";
    EXPECT_EQ(fixture.post("/webhook", R"({"type":"TRACK","userId":"u","event":"e"})").status, 200U);
    EXPECT_THAT(fixture.committed, IsEmpty());
    EXPECT_EQ(counts_at(fixture, "us").filtered, 2U);
    EXPECT_EQ(fixture.post("/v1/page", R"({"userId":"u"})").status, 400U);
}

TEST(Filters, AreAskedAfterConsentAndBeforeTheTypesOfTheSource) {
    auto options = one_destination();
    options.sources.front().types = {"page"};
    auto& destination = options.sources.front().destinations.front();
    destination.consent = needs_c4();
    destination.events = {{}, {{customerio::EventType::track, {}}}};
    IngestFixture fixture(options);
    const std::string denied = R"("context":{"consentManagement":{"deniedConsentIds":["C4"]}})";
    EXPECT_EQ(fixture.post("/v1/track", R"({"userId":"u","event":"e",)" + denied + "}").status, 200U);
    EXPECT_EQ(counts_at(fixture, "us").consent_denied, 1U);
    EXPECT_EQ(fixture.post("/v1/track", track).status, 200U);
    EXPECT_EQ(counts_at(fixture, "us").filtered, 1U);
    EXPECT_EQ(fixture.post("/v1/identify", anonymous).status, 403U);
}

TEST(Filters, DropLargeEventsOfABatchToo) {
    auto options = one_destination();
    options.sources.front().destinations.front().events = {{{customerio::EventType::track, "Order *"}}, {}};
    IngestFixture fixture(options);
    const auto large = [](const std::string& name) {
        return R"({"type":"track","userId":"u","event":")" + name + R"(","x":")" + std::string(40'000, 'x') + "\"}";
    };
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":[)" + large("Click") + "," + large("Order 1") + "]}").status, 200U);
    ASSERT_THAT(fixture.committed, SizeIs(1));
    EXPECT_THAT(letters(fixture.committed.front(), us), ElementsAre(Reason::event_too_large));
    EXPECT_EQ(counts_at(fixture, "us").filtered, 1U);
}

TEST(Filters, LeaveAnEventThatCannotBeReadToItsRejection) {
    auto options = one_destination();
    options.sources.front().destinations.front().events = {{{customerio::EventType::page, {}}}, {}};
    IngestFixture fixture(options);
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":[42]})").status, 200U);
    EXPECT_THAT(letters(fixture.committed.front(), us), ElementsAre(Reason::event_not_an_object));
}

TEST(Filters, AreNamedInTheEventStream) {
    events::EventStream event_stream;
    auto options = one_destination();
    options.sources.front().destinations.front().events = {{}, {{{}, "e"}}};
    IngestFixture fixture(options, {}, &event_stream);
    fixture.post("/v1/track", track);
    const auto latest = event_stream.recent({}, 1).at(0);
    EXPECT_EQ(latest->outcome, events::Outcome::dropped);
    EXPECT_EQ(latest->reason, Reason::filtered);
}

// The sender hears of an event that cannot be delivered anywhere.
TEST(Destinations, RejectASingleEventThatOneDropsAndTheOtherCannotMap) {
    IngestFixture fixture(two_destinations([](Destination& first, Destination& second) {
        first.consent = needs_c4();
        second.mapping.identify_anonymous = false;
    }));
    const std::string event = R"({"anonymousId":"a","context":{"consentManagement":{"deniedConsentIds":["C4"]}}})";
    EXPECT_EQ(fixture.post("/v1/identify", event).status, 400U);
    EXPECT_THAT(fixture.committed, IsEmpty());
    EXPECT_EQ(counts_at(fixture, "us").rejected, 1U);
    EXPECT_EQ(counts_at(fixture, "us").consent_denied, 0U);
}

TEST(Destinations, AllRejectATypeThatTheSourceMayNotSend) {
    auto options = two_destinations();
    options.sources.front().types = {"page"};
    IngestFixture fixture(options);
    EXPECT_EQ(fixture.post("/v1/track", track).status, 403U);
    EXPECT_EQ(fixture.post("/v1/batch", R"({"batch":[)" + track + "]}").status, 200U);
    for (const auto stream : {us, eu})
        EXPECT_THAT(letters(fixture.committed.front(), stream), ElementsAre(Reason::track_not_allowed));
}

TEST(Destinations, DropARepeatThatAllOfThemKnow) {
    IngestFixture fixture(strict_and_lenient());
    for (int i = 0; i < 2; ++i) EXPECT_EQ(fixture.post("/v1/identify", anonymous).status, 200U);
    EXPECT_THAT(fixture.committed, SizeIs(1));
    EXPECT_EQ(counts_at(fixture, "us").duplicate, 1U) << "it has the dead letter";
    EXPECT_EQ(counts_at(fixture, "eu").duplicate, 1U);
}

TEST(Destinations, GetARepeatOfWhatTheyDoNotKnowYet) {
    IngestFixture fixture(one_destination());
    EXPECT_EQ(fixture.post("/v1/track", track).status, 200U);
    fixture.ingest.replace(two_destinations());
    EXPECT_EQ(fixture.post("/v1/track", track).status, 200U);
    EXPECT_THAT(texts(fixture.committed.at(1), us), IsEmpty());
    EXPECT_THAT(texts(fixture.committed.at(1), eu), SizeIs(1));
    EXPECT_EQ(counts_at(fixture, "us").duplicate, 1U);
    EXPECT_EQ(counts_at(fixture, "eu").duplicate, 0U);
    EXPECT_EQ(counts_at(fixture, "eu").received, 1U) << "since it is a destination of the source";
}

TEST(Destinations, GetARepeatOfWhatTheyDroppedAfterAChangeOfOptions) {
    IngestFixture fixture(two_destinations([](Destination& first, Destination&) { first.consent = needs_c4(); }));
    const std::string denied =
        R"({"messageId":"m","userId":"u","event":"e","context":{"consentManagement":{"deniedConsentIds":["C4"]}}})";
    EXPECT_EQ(fixture.post("/v1/track", denied).status, 200U);
    fixture.ingest.replace(two_destinations());
    EXPECT_EQ(fixture.post("/v1/track", denied).status, 200U);
    EXPECT_THAT(texts(fixture.committed.at(1), us), SizeIs(1));
    EXPECT_THAT(texts(fixture.committed.at(1), eu), IsEmpty());
}

TEST(Destinations, KnowRepeatsAfterARestart) {
    IngestFixture before(two_destinations());
    before.post("/v1/track", track);
    IngestFixture after(two_destinations(), before.journal.message_ids);
    EXPECT_EQ(after.post("/v1/track", track).status, 200U);
    EXPECT_THAT(after.committed, IsEmpty());
    EXPECT_EQ(counts_at(after, "us").duplicate, 1U);
    EXPECT_EQ(counts_at(after, "eu").duplicate, 1U);
}

TEST(Destinations, RejectTheWholeRequestWhileTheStreamOfOneIsFull) {
    IngestFixture fixture(two_destinations());
    fixture.journal.full = eu;
    EXPECT_EQ(fixture.post("/v1/track", track).status, 503U);
    EXPECT_THAT(fixture.committed, IsEmpty());
    fixture.journal.full = 0;
    EXPECT_EQ(fixture.post("/v1/track", track).status, 200U) << "nothing of it was kept";
    EXPECT_THAT(texts(fixture.committed.front(), us), SizeIs(1));
    EXPECT_EQ(counts_at(fixture, "us").rejected, 1U);
}

TEST(Destinations, RejectTheWholeRequestWhileAPersonsQueueAtOneIsFull) {
    const auto full = std::make_shared<journal::FullQueues>();
    full->add(customerio::key_hash("u"));
    IngestFixture fixture(two_destinations([&](Destination&, Destination& second) { second.full_queues = full; }));
    EXPECT_EQ(fixture.post("/v1/track", track).status, 429U);
    EXPECT_THAT(fixture.committed, IsEmpty());
    EXPECT_EQ(counts_at(fixture, "us").rejected, 1U);
    EXPECT_EQ(counts_at(fixture, "eu").rejected, 1U);
}

TEST(Destinations, ShareTheFailureOfTheCommit) {
    IngestFixture fixture(two_destinations());
    const auto response =
        fixture.begin({boost::beast::http::verb::post, "/v1/track", "", {{"X-Write-Key", "key"}}, track});
    fixture.journal.commit(make_error_code(boost::system::errc::no_space_on_device));
    fixture.resume();
    ASSERT_TRUE(*response);
    EXPECT_EQ((*response)->status, 503U);
    EXPECT_EQ(fixture.post("/v1/track", track).status, 200U);
    for (const auto stream : {us, eu}) EXPECT_THAT(texts(fixture.committed.front(), stream), SizeIs(1));
    EXPECT_EQ(counts_at(fixture, "eu").rejected, 1U);
}

TEST(Destinations, TakeThePlaceOfTheMemoryOfARequestEach) {
    const std::string body =
        R"({"batch":[)" + track + "," + R"({"type":"page","userId":"u","name":")" + std::string(20'000, 'x') + "\"}]}";
    const auto status = [&](Options options, std::size_t memory) {
        http::MemoryBudget budget(memory);
        IngestFixture fixture(std::move(options), {}, nullptr, &budget);
        return fixture.post("/v1/batch", body).status;
    };
    std::size_t enough = 1'024;
    while (status(one_destination(), enough) != 200U) enough += 1'024;
    EXPECT_EQ(status(two_destinations(), enough), 413U);
    EXPECT_EQ(status(two_destinations(), enough + body.size() + 4'096), 200U);
}

TEST(Destinations, AreNamedInTheEventStream) {
    events::EventStream event_stream;
    IngestFixture fixture(two_destinations([](Destination& first, Destination& second) {
                              first.mapping.identify_anonymous = false;
                              second.consent = needs_c4();
                          }),
                          {}, &event_stream);
    const auto shown = [&](const std::string& path, const std::string& body) {
        fixture.post(path, body);
        const auto latest = event_stream.recent({}, 1).at(0);
        return std::string(events::outcomes.at(static_cast<std::size_t>(latest->outcome))) + " " + latest->destination;
    };
    const std::string consent = R"("context":{"consentManagement":{"deniedConsentIds":["C4"]}})";
    EXPECT_EQ(shown("/v1/track", R"({"userId":"u","event":"e",)" + consent + "}"), "dropped eu");
    EXPECT_EQ(shown("/v1/identify", R"({"anonymousId":"a",)" + consent + "}"), "rejected us");
    EXPECT_EQ(shown("/v1/identify", "{"), "rejected ") << "it concerns both alike";
}

class TheLog : public ::testing::Test {
protected:
    TheLog() {
        logging::start({"info", true});
        ::testing::internal::CaptureStderr();
    }
    ~TheLog() override { logging::start({}); }

    static std::vector<nlohmann::json> lines() {
        std::istringstream text(::testing::internal::GetCapturedStderr());
        std::vector<nlohmann::json> all;
        for (std::string line; std::getline(text, line);) all.push_back(nlohmann::json::parse(line));
        return all;
    }
};

std::string named(const std::string& event, const std::string& message_id) {
    return R"({"type":"track","userId":"u","event":")" + event + R"(","messageId":")" + message_id + R"("})";
}

TEST_F(TheLog, HasTheNumberOfDeadLettersOnceAMinuteForEachReason) {
    IngestFixture ingest(one_destination());
    const auto nameless = [](const char* id) {
        return std::string(R"({"type":"track","userId":"u","messageId":")") + id + R"("})";
    };
    const auto batch = R"({"batch":[)" + nameless("1") + ',' + nameless("2") + ',' + named("Order Completed", "3") +
                       R"(,{"type":"unknown","messageId":"4"}]})";
    EXPECT_EQ(ingest.post("/v1/batch", batch).status, 200);
    EXPECT_EQ(ingest.post("/v1/batch", R"({"batch":[)" + nameless("5") + "]}").status, 200);
    const auto found = lines();
    ASSERT_THAT(found, SizeIs(2)) << "the one that comes later is told in a minute";
    for (const auto& line : found) {
        EXPECT_EQ(line.at("level"), "warn");
        EXPECT_EQ(line.at("event"), "dead_letters_at_ingest");
    }
    const auto& line = found[0].at("reason") == "event_name_missing" ? found[0] : found[1];
    EXPECT_EQ(line.at("reason"), "event_name_missing");
    EXPECT_EQ(line.at("count"), 2);
    EXPECT_EQ(line.at("source"), "default");
    EXPECT_EQ(line.at("message"), "event name is missing or not a string");
}

TEST_F(TheLog, HasASemanticEventThatADestinationDoesNotActOnOnceAnHour) {
    auto options = two_destinations([](Destination& first, Destination& second) {
        first.mapping.semantic_events.set(static_cast<std::size_t>(customerio::SemanticEvent::user_deleted));
        second.mapping.semantic_events.set(static_cast<std::size_t>(customerio::SemanticEvent::user_suppressed));
    });
    IngestFixture ingest(std::move(options));
    const auto batch = R"({"batch":[)" + named("User Deleted", "1") + ',' + named("User Deleted", "2") + ',' +
                       named("Order Completed", "3") + "]}";
    EXPECT_EQ(ingest.post("/v1/batch", batch).status, 200);
    EXPECT_EQ(ingest.post("/v1/track", named("User Deleted", "4")).status, 200);
    const auto found = lines();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].at("level"), "warn");
    EXPECT_EQ(found[0].at("event"), "semantic_event_not_acted_on");
    EXPECT_EQ(found[0].at("destination"), "eu");
    EXPECT_EQ(found[0].at("name"), "User Deleted");
    EXPECT_EQ(found[0].at("count"), 2) << "the one that comes later is told in an hour";
    EXPECT_EQ(found[0].at("reason"), "not_listed");
}

TEST_F(TheLog, HasASemanticEventThatIsListedAndThatTheFilterDrops) {
    auto options = one_destination();
    auto& destination = options.sources.front().destinations.front();
    destination.mapping.semantic_events.set();
    destination.events = customerio::EventFilter({{customerio::EventType::identify, ""}}, {});
    IngestFixture ingest(std::move(options));
    EXPECT_EQ(ingest.post("/v1/track", named("User Deleted", "1")).status, 200);
    const auto found = lines();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].at("reason"), "filtered");
    EXPECT_EQ(found[0].at("count"), 1);
}

TEST_F(TheLog, HasNothingOfASemanticEventThatIsActedOnOrDeliberatelyDropped) {
    auto options = two_destinations([](Destination& first, Destination& second) {
        first.mapping.semantic_events.set();
        second.events = customerio::EventFilter({{customerio::EventType::identify, ""}}, {});
    });
    IngestFixture ingest(std::move(options));
    EXPECT_EQ(ingest.post("/v1/track", named("User Deleted", "1")).status, 200);
    EXPECT_EQ(ingest.post("/v1/track", named("Device Created or Updated", "2")).status, 200)
        << "without a token it is an ordinary event";
    EXPECT_THAT(lines(), IsEmpty());
}

}  // namespace
}  // namespace pintle::ingest
