#include <numeric>

#include <gmock/gmock.h>

#include "ingest/call.hpp"
#include "ingest/refusals.hpp"

namespace pintle::ingest {
namespace {

using testing::House;

// A good event, one that cannot be mapped, one that opted out, and one that is no object.
const std::string good = R"({"type":"track","userId":"u","event":"e"})";
const std::string nameless = R"({"type":"Track","userId":"u"})";
const std::string opted_out = R"({"type":"page","userId":"u","name":"n","integrations":{"All":false}})";

std::uint64_t of(const count::Tallied& counts, std::string_view reason) {
    for (const auto& [name, count] : counts) {
        if (name == reason) return count;
    }
    ADD_FAILURE() << "nothing is counted by " << reason;
    return 0;
}

std::uint64_t received(const SourceCounts& counts, mapping::EventType type) {
    return counts.received.at(static_cast<std::size_t>(type));
}

// Where nothing waits, what came has gone somewhere.
void expect_balance(const SourceCounts& counts) {
    EXPECT_EQ(std::accumulate(counts.received.begin(), counts.received.end(), std::uint64_t{0}),
              counts.accepted + sum(counts.dead) + counts.duplicate + counts.integration_disabled +
                  counts.consent_denied + sum(counts.refused));
}

TEST(Counts, OfABatchSayWhatBecameOfEachEvent) {
    House house;
    house.post("/v1/batch", R"({"batch":[)" + good + "," + nameless + "," + opted_out + "," + "42" + "]}");
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(counts.source, "default");
    EXPECT_EQ(counts.destination, "customerio");
    EXPECT_EQ(received(counts, mapping::EventType::track), 2U);
    EXPECT_EQ(received(counts, mapping::EventType::page), 1U);
    EXPECT_EQ(received(counts, mapping::EventType::other), 1U);
    EXPECT_EQ(counts.accepted, 1U);
    EXPECT_EQ(of(counts.dead, "event name is missing or not a string"), 1U);
    EXPECT_EQ(of(counts.dead, "an event must be a JSON object"), 1U);
    EXPECT_EQ(counts.integration_disabled, 1U);
    EXPECT_EQ(sum(counts.refused), 0U);
    expect_balance(counts);
}

TEST(Counts, TakeTheTypeFromTheRoute) {
    House house;
    house.post("/v1/identify", R"({"userId":"u","type":"dance"})");
    house.post("/v1/screen", R"({"userId":"u"})");
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(received(counts, mapping::EventType::identify), 1U);
    EXPECT_EQ(received(counts, mapping::EventType::screen), 1U);
    EXPECT_EQ(of(counts.refused, "screen name is missing"), 1U);
    expect_balance(counts);
}

TEST(Counts, OfARefusedRequestAreItsEvents) {
    House house;
    house.post("/v1/track", "{");
    house.post("/v1/batch", R"({"batch":[)" + good + R"(,{"type":tru},)" + good + "]}");
    house.post("/v1/batch", R"({"batch":[]})");
    house.post("/v1/track", R"({"userId":"u","event":")" + std::string(40'000, 'x') + "\"}");
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(of(counts.refused, "invalid json"), 4U);
    EXPECT_EQ(of(counts.refused, "empty batch payload"), 1U);
    EXPECT_EQ(of(counts.refused, "event is larger than ingest.max_event"), 1U);
    EXPECT_EQ(received(counts, mapping::EventType::track), 2U) << "the first of the batch, and the large one";
    EXPECT_EQ(counts.accepted, 0U);
    expect_balance(counts);
}

TEST(Counts, OfWhatTheDiskRefusedAreNotThoseOfWhatIsKept) {
    House house;
    const auto answer = house.begin({boost::beast::http::verb::post,
                                     "/v1/batch",
                                     "",
                                     {{"X-Write-Key", "key"}},
                                     R"({"batch":[)" + good + "," + opted_out + "]}"});
    house.journal.commit(make_error_code(boost::system::errc::no_space_on_device));
    house.settle();
    ASSERT_EQ((*answer)->status, 503U);
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(of(counts.refused, overloaded), 2U);
    EXPECT_EQ(counts.accepted + counts.integration_disabled, 0U);
    expect_balance(counts);
}

TEST(Counts, OfADestinationWhoseShareIsFullAreItsSources) {
    House house;
    house.journal.room_in_log = false;
    const auto by_header = house.post("/v1/track", good);
    const auto by_body = house.call({boost::beast::http::verb::post, "/v1/track", "", {}, R"({"writeKey":"key"})"});
    for (const auto* answer : {&by_header, &by_body}) {
        EXPECT_EQ(answer->status, 503U);
        EXPECT_THAT(answer->headers, ::testing::HasSubstr("Retry-After: 1"));
        EXPECT_THAT(answer->body, ::testing::HasSubstr(std::string(destination_full)));
    }
    EXPECT_TRUE(house.committed.empty());
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(of(counts.refused, destination_full), 2U);
    expect_balance(counts);
}

TEST(Counts, RequestsOfNobodyAreRefusedWithoutASource) {
    House house;
    const auto call = [&](std::string path, std::string key, boost::beast::http::verb method) {
        house.call({method, std::move(path), "", {{"X-Write-Key", std::move(key)}}, good});
    };
    using boost::beast::http::verb;
    call("/v1/track", "wrong", verb::post);
    call("/v1/track", "", verb::post);
    call("/nowhere", "key", verb::post);
    call("/v1/track", "key", verb::get);
    call("/sourceConfig", "wrong", verb::get);
    house.journal.room = false;
    call("/v1/track", "key", verb::post);
    http::Answer fault;
    for (const unsigned status : {400U, 408U, 413U, 415U, 431U, 500U, 503U}) house.ingest.fault(status, "why", fault);

    const auto counts = house.ingest.counts();
    EXPECT_EQ(of(counts.refused, "invalid write key"), 1U);
    EXPECT_EQ(of(counts.refused, "failed to read writekey from header"), 1U);
    EXPECT_EQ(of(counts.refused, "no such route"), 1U);
    EXPECT_EQ(of(counts.refused, "method not allowed"), 1U);
    EXPECT_EQ(of(counts.refused, overloaded), 1U);
    EXPECT_EQ(of(counts.refused, "malformed request"), 3U);
    EXPECT_EQ(of(counts.refused, "too slow"), 1U);
    EXPECT_EQ(of(counts.refused, "request size exceeds max limit"), 1U);
    EXPECT_EQ(of(counts.refused, "too many connections or large requests at a time"), 1U);
    EXPECT_EQ(sum(counts.sources.at(0).refused), 0U);
}

TEST(Counts, EveryAnswerToAWholeRequestIsTimed) {
    House house;
    house.post("/v1/track", good);
    house.post("/v1/track", "{");
    const auto times = house.ingest.counts().answers;
    EXPECT_EQ(std::accumulate(times.counts.begin(), times.counts.end(), std::uint64_t{0}), 2U);
}

}  // namespace
}  // namespace pintle::ingest
