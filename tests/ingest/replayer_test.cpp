#include "pintle/ingest/replayer.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::ingest {
namespace {

using nlohmann::json;
using std::chrono::hours;
using testing::MatchesRegex;

const WallTime received{std::chrono::milliseconds(1'790'000'000'123)};

journal::DeadLetter letter(std::string event) {
    journal::DeadLetter letter;
    letter.id = 7;
    letter.source = "web";
    letter.destination = "customerio";
    letter.event = std::move(event);
    letter.reason = Reason::identify_person_missing;
    letter.received = received;
    return letter;
}

// The record that a letter becomes; `bytes` keep it.
journal::Record taken(const journal::DeadLetter& letter, std::string& bytes, WallTime now = received + hours(48)) {
    Replayer readmission(ReplayPolicy{});
    const auto outcome = readmission.take(letter, now, bytes);
    EXPECT_TRUE(outcome) << code(outcome.error());
    return journal::decode(bytes).value();
}

std::string refusal(const ReplayPolicy& rules, const journal::DeadLetter& letter) {
    Replayer readmission(rules);
    std::string bytes;
    const auto outcome = readmission.take(letter, received + hours(48), bytes);
    return outcome ? "taken" : std::string(sentence(outcome.error()));
}

TEST(Replayer, KeepsAnEnrichedEventUnchanged) {
    std::string bytes;
    const auto record = taken(letter(R"({"type":"track","messageId":"m","userId":"u","event":"e",)"
                                     R"("timestamp":"2020-01-01T00:00:00Z","properties":{"n":0.10}})"),
                              bytes);
    const auto event = json::parse(record.event);
    EXPECT_EQ(event["messageId"], "m");
    EXPECT_EQ(event["timestamp"], "2020-01-01T00:00:00Z");
    EXPECT_NE(record.event.find(R"({"n":0.10})"), std::string_view::npos) << "values stay as they were written";
    EXPECT_EQ(record.source, "web");
    EXPECT_EQ(record.destination, "customerio");
    EXPECT_NE(record.keys.person, 0);
}

TEST(Replayer, RestartsTheAgeOfItsRetriesAndKeepsReceivedAt) {
    std::string bytes;
    const auto record = taken(letter(R"({"type":"track","userId":"u","event":"e"})"), bytes);
    EXPECT_EQ(record.received, received);
    EXPECT_EQ(record.queued(), received + hours(48));
}

TEST(Replayer, EnrichesAnEventByTheTimeItWasReceived) {
    std::string bytes;
    const auto event = json::parse(taken(letter(R"({"type":"track","userId":"u","event":"e"})"), bytes).event);
    EXPECT_THAT(event["messageId"].get<std::string>(),
                MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_EQ(event["receivedAt"], to_iso8601(received));
    EXPECT_EQ(event["timestamp"], to_iso8601(received));
}

TEST(Replayer, GivesALetterTheSameMessageIdAndTimesEachTime) {
    const auto dead = letter(R"({"type":"track","userId":"u","event":"e"})");
    std::string first;
    std::string second;
    const auto once = taken(dead, first);
    const auto again = taken(dead, second, received + hours(72));
    EXPECT_EQ(once.event, again.event);
    EXPECT_EQ(once.message, again.message);

    auto died_again = letter(std::string(once.event));
    died_again.id = 8;
    std::string third;
    EXPECT_EQ(json::parse(taken(died_again, third).event), json::parse(once.event));
}

TEST(Replayer, TwoLettersOfTheSameEventAreTwoMessages) {
    auto other = letter(R"({"type":"track","userId":"u","event":"e"})");
    std::string first;
    const auto one = taken(other, first);
    other.id = 8;
    std::string second;
    EXPECT_NE(taken(other, second).message, one.message);
}

TEST(Replayer, RejectsAnEventUntilTheOptionsAllowIt) {
    const auto dead = letter(R"({"type":"identify","anonymousId":"a"})");
    ReplayPolicy rules;
    rules.mapping.identify_anonymous = false;
    EXPECT_EQ(refusal(rules, dead), "identify needs userId, email or anonymousId");
    rules.mapping.identify_anonymous = true;
    EXPECT_EQ(refusal(rules, dead), "taken");
}

TEST(Replayer, RejectsWhatIsNotAnEventWithTheReason) {
    EXPECT_EQ(refusal({}, letter("42")), "an event must be a JSON object");
    EXPECT_EQ(refusal({}, letter("{\"a\":")), "invalid json");
    EXPECT_EQ(refusal({}, letter("")), "an event must be a JSON object");
}

TEST(Replayer, AcceptsALargeEventOnceTheLimitIsHigher) {
    auto dead = letter(R"({"type":"track","userId":"u","event":"e"})");
    ReplayPolicy rules;
    rules.max_event = 10;
    EXPECT_EQ(refusal(rules, dead), "taken") << "enrichment has made it larger than it came";
    dead.reason = Reason::event_too_large;
    EXPECT_EQ(refusal(rules, dead), "event is larger than ingest.max_event");
    rules.max_event = 1000;
    EXPECT_EQ(refusal(rules, dead), "taken");
}

TEST(Replayer, AnOptOutIsRespectedEvenIfTheRulesAreNewerThanTheLetter) {
    ReplayPolicy rules;
    rules.consent = customerio::ConsentPolicy({{customerio::ConsentProvider::ketch, {"ads"}}});
    const auto dead = letter(R"({"type":"track","userId":"u","event":"e",)"
                             R"("context":{"consentManagement":{"deniedConsentIds":["ads"]}}})");
    EXPECT_EQ(refusal({}, dead), "taken");
    EXPECT_EQ(refusal(rules, dead), "the person denied the consent that the destination needs");
    EXPECT_EQ(refusal({}, letter(R"({"type":"track","userId":"u","event":"e","integrations":{"All":false}})")),
              "the event's integrations exclude Customer.io");
}

TEST(Replayer, AFilterAppliesEvenIfItIsNewerThanTheLetter) {
    ReplayPolicy rules;
    rules.events = {{}, {{customerio::EventType::track, "e"}}};
    EXPECT_EQ(refusal(rules, letter(R"({"type":"track","userId":"u","event":"e"})")), sentence(Reason::filtered));
    EXPECT_EQ(refusal(rules, letter(R"({"type":"track","userId":"u","event":"f"})")), "taken");
}

TEST(Replayer, TakesAnEventThatCameAsAWebhook) {
    const std::string head = R"({"type":"track","userId":"u","event":"e","integrations":{"All":false,"Webhook":true)";
    EXPECT_EQ(refusal({}, letter(head + "}}")), "taken");
    EXPECT_EQ(refusal({}, letter(head + R"(,"Customer.io":false}})")), "the event's integrations exclude Customer.io");
}

TEST(Replayer, DecodesARecordThatAnOlderVersionCouldNotRead) {
    std::string stored;
    journal::encode({"web", "customerio", received, {}, {}, R"({"type":"track","userId":"u","event":"e"})", {}, {}},
                    stored);
    auto dead = letter(stored);
    dead.source.clear();
    dead.received = {};
    std::string bytes;
    const auto record = taken(dead, bytes);
    EXPECT_EQ(record.source, "web");
    EXPECT_EQ(record.received, received);
    EXPECT_EQ(json::parse(record.event)["receivedAt"], to_iso8601(received));
}

}  // namespace
}  // namespace pintle::ingest
