#include <algorithm>
#include <array>
#include <initializer_list>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>

#include "call.hpp"
#include "reasons.hpp"

namespace pintle::ingest {
namespace {

using testing::IngestFixture;

// A good event, one that cannot be mapped, one that opted out, and one that is no object.
const std::string good = R"({"type":"track","userId":"u","event":"e"})";
const std::string nameless = R"({"type":"Track","userId":"u"})";
const std::string opted_out = R"({"type":"page","userId":"u","name":"n","integrations":{"All":false}})";

std::uint64_t of(const stats::ReasonCounts& counts, Reason reason) {
    for (const auto& [name, count] : counts) {
        if (name == reason) return count;
    }
    ADD_FAILURE() << "nothing is counted by " << code(reason);
    return 0;
}

std::uint64_t received(const SourceCounts& counts, customerio::EventType type) {
    return counts.received.at(static_cast<std::size_t>(type));
}

// Where nothing waits, what came has gone somewhere, at each destination.
void expect_balance(const SourceCounts& counts) {
    const auto received = std::accumulate(counts.received.begin(), counts.received.end(), std::uint64_t{0});
    for (const auto& at : counts.destinations) {
        EXPECT_EQ(at.received, received) << at.destination;
        EXPECT_EQ(at.rejected, stats::sum(counts.rejected)) << at.destination;
        EXPECT_EQ(at.received, at.rejected + at.accepted + stats::sum(at.dead_lettered) + at.duplicate +
                                   at.integration_disabled + at.consent_denied + at.filtered)
            << at.destination;
    }
}

TEST(Counts, OfABatchSayWhatBecameOfEachEvent) {
    IngestFixture fixture;
    fixture.post("/v1/batch", R"({"batch":[)" + good + "," + nameless + "," + opted_out + "," + "42" + "]}");
    const auto counts = fixture.ingest.counts().sources.at(0);
    EXPECT_EQ(counts.source, "default");
    const auto& at = counts.destinations.at(0);
    EXPECT_EQ(at.destination, "customerio");
    EXPECT_EQ(received(counts, customerio::EventType::track), 2U);
    EXPECT_EQ(received(counts, customerio::EventType::page), 1U);
    EXPECT_EQ(received(counts, customerio::EventType::other), 1U);
    EXPECT_EQ(at.accepted, 1U);
    EXPECT_EQ(of(at.dead_lettered, Reason::event_name_missing), 1U);
    EXPECT_EQ(of(at.dead_lettered, Reason::event_not_an_object), 1U);
    EXPECT_EQ(at.integration_disabled, 1U);
    EXPECT_EQ(stats::sum(counts.rejected), 0U);
    expect_balance(counts);
}

TEST(Counts, OfEachWriteKeyGoOnWhenItsPlaceChanges) {
    auto options = IngestFixture::default_options();
    options.sources[0].write_keys = {"old", "new"};
    IngestFixture fixture(options);
    const auto send = [&](const std::string& key) {
        fixture.call({boost::beast::http::verb::post, "/v1/track", "", {{"X-Write-Key", key}}, good});
    };
    const auto keys = [&] { return fixture.ingest.counts().sources.at(0).keys; };
    send("old");
    send("old");
    send("other");
    ASSERT_EQ(keys().size(), 2U);
    EXPECT_EQ(keys()[0].requests, 2U);
    EXPECT_EQ(keys()[0].last_used, fixture.now);
    EXPECT_EQ(keys()[1].requests, 0U);
    EXPECT_EQ(keys()[1].last_used, std::nullopt);

    send("new");
    options.sources[0].write_keys = {"new"};
    fixture.ingest.replace(options);
    ASSERT_EQ(keys().size(), 1U);
    EXPECT_EQ(keys()[0].requests, 1U);
    options.sources.clear();
    fixture.ingest.replace(options);
    EXPECT_TRUE(keys().empty());
}

TEST(Counts, TakeTheTypeFromTheRoute) {
    IngestFixture fixture;
    fixture.post("/v1/identify", R"({"userId":"u","type":"dance"})");
    fixture.post("/v1/screen", R"({"userId":"u"})");
    const auto counts = fixture.ingest.counts().sources.at(0);
    EXPECT_EQ(received(counts, customerio::EventType::identify), 1U);
    EXPECT_EQ(received(counts, customerio::EventType::screen), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::screen_name_missing), 1U);
    expect_balance(counts);
}

TEST(Counts, OfARejectedRequestAreItsEvents) {
    IngestFixture fixture;
    fixture.post("/v1/track", "{");
    fixture.post("/v1/batch", R"({"batch":[)" + good + R"(,{"type":tru},)" + good + "]}");
    fixture.post("/v1/batch", R"({"batch":[]})");
    fixture.post("/v1/track", R"({"userId":"u","event":")" + std::string(40'000, 'x') + "\"}");
    const auto counts = fixture.ingest.counts().sources.at(0);
    EXPECT_EQ(of(counts.rejected, Reason::invalid_json), 4U);
    EXPECT_EQ(of(counts.rejected, Reason::empty_batch), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::event_too_large), 1U);
    EXPECT_EQ(received(counts, customerio::EventType::track), 2U) << "the first of the batch, and the large one";
    EXPECT_EQ(counts.destinations.at(0).accepted, 0U);
    expect_balance(counts);
}

TEST(Counts, CountEventsThatTheDiskRejectedAsRejected) {
    IngestFixture fixture;
    const auto answer = fixture.begin({boost::beast::http::verb::post,
                                       "/v1/batch",
                                       "",
                                       {{"X-Write-Key", "key"}},
                                       R"({"batch":[)" + good + "," + opted_out + "]}"});
    fixture.journal.commit(make_error_code(boost::system::errc::no_space_on_device));
    fixture.resume();
    ASSERT_EQ((*answer)->status, 503U);
    const auto counts = fixture.ingest.counts().sources.at(0);
    EXPECT_EQ(of(counts.rejected, Reason::journal_full), 2U);
    EXPECT_EQ(counts.destinations.at(0).accepted + counts.destinations.at(0).integration_disabled, 0U);
    expect_balance(counts);
}

TEST(Counts, OfADestinationWhoseShareIsFullAreItsSources) {
    IngestFixture fixture;
    fixture.journal.room_in_log = false;
    const auto by_header = fixture.post("/v1/track", good);
    const auto by_body = fixture.call({boost::beast::http::verb::post, "/v1/track", "", {}, R"({"writeKey":"key"})"});
    for (const auto* answer : {&by_header, &by_body}) {
        EXPECT_EQ(answer->status, 503U);
        EXPECT_THAT(answer->headers, ::testing::HasSubstr("Retry-After: 1"));
        EXPECT_THAT(answer->body, ::testing::HasSubstr(std::string(sentence(Reason::destination_full))));
    }
    EXPECT_TRUE(fixture.committed.empty());
    const auto counts = fixture.ingest.counts().sources.at(0);
    EXPECT_EQ(of(counts.rejected, Reason::destination_full), 2U);
    expect_balance(counts);
}

TEST(Counts, RequestsOfNobodyAreRejectedWithoutASource) {
    IngestFixture fixture;
    const auto call = [&](std::string path, std::string key, boost::beast::http::verb method) {
        fixture.call({method, std::move(path), "", {{"X-Write-Key", std::move(key)}}, good});
    };
    using boost::beast::http::verb;
    call("/v1/track", "wrong", verb::post);
    call("/v1/track", "", verb::post);
    call("/nowhere", "key", verb::post);
    call("/v1/track", "key", verb::get);
    call("/sourceConfig", "wrong", verb::get);
    fixture.journal.room = false;
    call("/v1/track", "key", verb::post);
    http::Response fault;
    for (const unsigned status : {400U, 408U, 413U, 415U, 431U, 500U, 503U})
        fixture.ingest.on_error(status, "why", fault);

    const auto counts = fixture.ingest.counts();
    EXPECT_EQ(of(counts.rejected, Reason::invalid_write_key), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::write_key_missing), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::no_route), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::method_not_allowed), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::journal_full), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::malformed_request), 3U);
    EXPECT_EQ(of(counts.rejected, Reason::request_too_slow), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::request_too_large), 1U);
    EXPECT_EQ(of(counts.rejected, Reason::server_busy), 1U);
    EXPECT_EQ(stats::sum(counts.sources.at(0).rejected), 0U);
}

bool offers(const stats::ReasonCounts& counts, Reason reason) {
    return std::ranges::any_of(counts, [&](const auto& count) { return count.first == reason; });
}

TEST(Counts, OfferOnlyReasonsThatAreConfiguredToBePossible) {
    const auto of_source = [](auto change) {
        auto options = IngestFixture::default_options();
        change(options.sources.at(0));
        return IngestFixture(options).ingest.counts().sources.at(0);
    };
    const auto plain = of_source([](Source&) {});
    EXPECT_TRUE(offers(plain.rejected, Reason::event_name_missing));
    EXPECT_TRUE(offers(plain.destinations.at(0).dead_lettered, Reason::event_not_an_object));
    EXPECT_FALSE(offers(plain.destinations.at(0).dead_lettered, Reason::invalid_json))
        << "it has the whole batch rejected";
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
    for (auto api : {customerio::ApiVersion::v1, customerio::ApiVersion::v2}) {
        const auto counts = of_source([&](Source& source) { source.destinations.at(0).mapping.api_version = api; });
        EXPECT_EQ(offers(counts.rejected, Reason::batch_item_too_large), api == customerio::ApiVersion::v2);
    }
}

TEST(Counts, OfferTheReasonsOfTheSemanticEventsThatAreConfigured) {
    using customerio::SemanticEvent;
    const std::array all{Reason::user_deleted_person_missing, Reason::user_suppressed_person_missing,
                         Reason::user_unsuppressed_person_missing, Reason::relationship_deleted_person_missing,
                         Reason::object_id_missing};
    const auto offered = [&](std::initializer_list<SemanticEvent> events) {
        auto options = IngestFixture::default_options();
        for (const auto event : events)
            options.sources.at(0).destinations.at(0).mapping.semantic_events.set(static_cast<std::size_t>(event));
        const auto counts = IngestFixture(options).ingest.counts().sources.at(0);
        std::vector<Reason> found;
        for (const auto reason : all) {
            EXPECT_EQ(offers(counts.rejected, reason), offers(counts.destinations.at(0).dead_lettered, reason))
                << code(reason);
            if (offers(counts.rejected, reason)) found.push_back(reason);
        }
        return found;
    };
    using ::testing::ElementsAre;
    using ::testing::IsEmpty;
    EXPECT_THAT(offered({}), IsEmpty());
    EXPECT_THAT(offered({SemanticEvent::device_created_or_updated, SemanticEvent::device_deleted}), IsEmpty());
    EXPECT_THAT(offered({SemanticEvent::user_deleted}), ElementsAre(Reason::user_deleted_person_missing));
    EXPECT_THAT(offered({SemanticEvent::user_suppressed}), ElementsAre(Reason::user_suppressed_person_missing));
    EXPECT_THAT(offered({SemanticEvent::user_unsuppressed}), ElementsAre(Reason::user_unsuppressed_person_missing));
    EXPECT_THAT(offered({SemanticEvent::object_deleted}), ElementsAre(Reason::object_id_missing));
    EXPECT_THAT(offered({SemanticEvent::relationship_deleted}),
                ElementsAre(Reason::relationship_deleted_person_missing, Reason::object_id_missing));
}

TEST(Counts, OfferWhatALaterConfigurationMakesPossible) {
    IngestFixture fixture;
    auto options = IngestFixture::default_options();
    options.sources.at(0).rate = 5;
    fixture.ingest.replace(options);
    EXPECT_TRUE(offers(fixture.ingest.counts().sources.at(0).rejected, Reason::source_rate_exceeded));
}

TEST(Counts, EveryAnswerToAWholeRequestIsTimed) {
    IngestFixture fixture;
    fixture.post("/v1/track", good);
    fixture.post("/v1/track", "{");
    const auto times = fixture.ingest.counts().response_times;
    EXPECT_EQ(std::accumulate(times.counts.begin(), times.counts.end(), std::uint64_t{0}), 2U);
}

}  // namespace
}  // namespace pintle::ingest
