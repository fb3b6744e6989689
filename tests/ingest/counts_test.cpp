#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>

#include "ingest/call.hpp"
#include "ingest/reasons.hpp"

namespace pintle::ingest {
namespace {

using testing::House;

// A good event, one that cannot be mapped, one that opted out, and one that is no object.
const std::string good = R"({"type":"track","userId":"u","event":"e"})";
const std::string nameless = R"({"type":"Track","userId":"u"})";
const std::string opted_out = R"({"type":"page","userId":"u","name":"n","integrations":{"All":false}})";

std::uint64_t of(const count::ReasonCounts& counts, Reason reason) {
    for (const auto& [name, count] : counts) {
        if (name == reason) return count;
    }
    ADD_FAILURE() << "nothing is counted by " << code(reason);
    return 0;
}

std::uint64_t received(const SourceCounts& counts, mapping::EventType type) {
    return counts.received.at(static_cast<std::size_t>(type));
}

// Where nothing waits, what came has gone somewhere.
void expect_balance(const SourceCounts& counts) {
    EXPECT_EQ(std::accumulate(counts.received.begin(), counts.received.end(), std::uint64_t{0}),
              counts.accepted + count::sum(counts.dead_lettered) + counts.duplicate + counts.integration_disabled +
                  counts.consent_denied + count::sum(counts.rejected));
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
    EXPECT_EQ(of(counts.dead_lettered, Reason::event_name_missing), 1U);
    EXPECT_EQ(of(counts.dead_lettered, Reason::event_not_an_object), 1U);
    EXPECT_EQ(counts.integration_disabled, 1U);
    EXPECT_EQ(count::sum(counts.rejected), 0U);
    expect_balance(counts);
}

TEST(Counts, TakeTheTypeFromTheRoute) {
    House house;
    house.post("/v1/identify", R"({"userId":"u","type":"dance"})");
    house.post("/v1/screen", R"({"userId":"u"})");
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(received(counts, mapping::EventType::identify), 1U);
    EXPECT_EQ(received(counts, mapping::EventType::screen), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::screen_name_missing), 1U);
    expect_balance(counts);
}

TEST(Counts, OfARejectedRequestAreItsEvents) {
    House house;
    house.post("/v1/track", "{");
    house.post("/v1/batch", R"({"batch":[)" + good + R"(,{"type":tru},)" + good + "]}");
    house.post("/v1/batch", R"({"batch":[]})");
    house.post("/v1/track", R"({"userId":"u","event":")" + std::string(40'000, 'x') + "\"}");
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(of(counts.rejected, Reason::invalid_json), 4U);
    EXPECT_EQ(of(counts.rejected, Reason::empty_batch), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::event_too_large), 1U);
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
    EXPECT_EQ(of(counts.rejected, Reason::journal_full), 2U);
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
        EXPECT_THAT(answer->body, ::testing::HasSubstr(std::string(sentence(Reason::destination_full))));
    }
    EXPECT_TRUE(house.committed.empty());
    const auto counts = house.ingest.counts().sources.at(0);
    EXPECT_EQ(of(counts.rejected, Reason::destination_full), 2U);
    expect_balance(counts);
}

TEST(Counts, RequestsOfNobodyAreRejectedWithoutASource) {
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
    EXPECT_EQ(of(counts.rejected, Reason::invalid_write_key), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::write_key_missing), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::no_route), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::method_not_allowed), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::journal_full), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::malformed_request), 3U);
    EXPECT_EQ(of(counts.rejected, Reason::request_too_slow), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::request_too_large), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::server_busy), 1U);
    EXPECT_EQ(count::sum(counts.sources.at(0).rejected), 0U);
}

bool offers(const count::ReasonCounts& counts, Reason reason) {
    return std::ranges::any_of(counts, [&](const auto& count) { return count.first == reason; });
}

TEST(Counts, OfferOnlyReasonsThatAreConfiguredToBePossible) {
    const auto of_source = [](auto change) {
        auto options = House::default_options();
        change(options.sources.at(0));
        return House(options).ingest.counts().sources.at(0);
    };
    const auto plain = of_source([](Source&) {});
    EXPECT_TRUE(offers(plain.rejected, Reason::event_name_missing));
    EXPECT_TRUE(offers(plain.dead_lettered, Reason::event_not_an_object));
    EXPECT_FALSE(offers(plain.dead_lettered, Reason::invalid_json)) << "it has the whole batch rejected";
    for (const auto reason : {Reason::invalid_write_key, Reason::duplicate, Reason::rejected_400, Reason::too_old,
                              Reason::source_rate_exceeded, Reason::alias_not_allowed, Reason::unknown}) {
        EXPECT_FALSE(offers(plain.rejected, reason)) << code(reason);
    }
    const auto limited = of_source([](Source& source) {
        source.rate = 5;
        source.types = {"track"};
    });
    for (const auto reason : {Reason::source_rate_exceeded, Reason::alias_not_allowed})
        EXPECT_TRUE(offers(limited.rejected, reason)) << code(reason);
    EXPECT_FALSE(offers(limited.rejected, Reason::track_not_allowed));
    for (auto api : {mapping::ApiVersion::v1, mapping::ApiVersion::v2}) {
        const auto counts = of_source([&](Source& source) { source.mapping.api_version = api; });
        EXPECT_EQ(offers(counts.rejected, Reason::batch_item_too_large), api == mapping::ApiVersion::v2);
    }
}

TEST(Counts, OfferWhatALaterConfigurationMakesPossible) {
    House house;
    auto options = House::default_options();
    options.sources.at(0).rate = 5;
    house.ingest.replace(options);
    EXPECT_TRUE(offers(house.ingest.counts().sources.at(0).rejected, Reason::source_rate_exceeded));
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
