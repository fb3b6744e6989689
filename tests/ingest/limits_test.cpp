// What a request may cost: however little it sends, and however it is nested.
#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include "call.hpp"
#include "pintle/http/server/memory_budget.hpp"
#include "reasons.hpp"
#include "request_processor.hpp"

namespace pintle::ingest {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::IngestFixture;
using ::testing::Not;
using ::testing::SizeIs;

const std::string good = R"({"type":"track","userId":"u","event":"e"})";

std::string array_of(std::size_t count, const std::string& element) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i) text.append(i > 0 ? "," : "").append(element);
    return text + "]";
}

std::string batch_of(std::size_t count, const std::string& element, const std::string& more = "") {
    return "{" + more + R"("batch":)" + array_of(count, element) + "}";
}

std::string context_of(std::size_t bytes) {
    return R"("context":{"x":")" + std::string(bytes, 'x') + R"("},)";
}

TEST(Limits, ARequestHasSoManyEventsAndNoMore) {
    auto options = IngestFixture::default_options();
    options.max_events_per_request = 3;
    IngestFixture fixture(options);
    for (const auto* path : {"/v1/batch", "/webhook"}) {
        const auto body = [&](std::size_t count, const std::string& event) {
            return path == std::string("/webhook") ? array_of(count, event) : batch_of(count, event);
        };
        EXPECT_EQ(fixture.post(path, body(3, good)).status, 200U) << path;
        for (const std::string& event : {good, std::string("1")}) {
            const auto answer = fixture.post(path, body(4, event));
            EXPECT_EQ(answer.status, 413U) << path;
            EXPECT_EQ(answer.body,
                      R"({"msg": "request size exceeds max limit: more events than ingest.max_events_per_request"})");
        }
    }
    EXPECT_THAT(fixture.committed, SizeIs(2));
}

TEST(Limits, FollowAReload) {
    auto options = IngestFixture::default_options();
    IngestFixture fixture(options);
    EXPECT_EQ(fixture.post("/v1/batch", batch_of(4, good)).status, 200U);
    options.max_events_per_request = 3;
    fixture.ingest.replace(options);
    EXPECT_EQ(fixture.post("/v1/batch", batch_of(4, good)).status, 413U);
    options.max_expanded = 2'000;
    fixture.ingest.replace(options);
    EXPECT_EQ(fixture.post("/v1/batch", batch_of(3, good)).status, 413U);
}

// 1,880 bytes of gzip gave 8.9 GiB.
TEST(Limits, WhatABatchSaysOfItsEventsCountsInEachOfThem) {
    IngestFixture fixture;
    const auto answer = fixture.post("/v1/batch", batch_of(10'000, good, context_of(4'000)));
    EXPECT_EQ(answer.status, 413U);
    EXPECT_EQ(answer.body, R"({"msg": "request size exceeds max limit: )"
                           R"(its events together are larger than ingest.max_expanded"})");
    EXPECT_TRUE(fixture.committed.empty());
    EXPECT_EQ(fixture.post("/v1/batch", batch_of(1'000, good, context_of(4'000))).status, 200U);
    EXPECT_THAT(fixture.events(), SizeIs(1'000));
}

TEST(Limits, DeadLettersCountWithWhatIsAroundThem) {
    auto options = IngestFixture::default_options();
    options.max_expanded = 1UL << 20U;
    IngestFixture fixture(options);
    EXPECT_EQ(fixture.post("/webhook", array_of(2'000, "1")).status, 413U) << "4 KB would be over 1 MB";
    EXPECT_EQ(fixture.post("/webhook", array_of(1'000, "{}")).status, 200U);
    EXPECT_THAT(fixture.committed.at(0).dead_letters, SizeIs(1'000));
}

TEST(Limits, AnEventIsTooLargeWithWhatItsBatchSaysOfIt) {
    IngestFixture fixture;
    const std::string event =
        R"({"type":"track","userId":"u","event":"e","properties":{"x":")" + std::string(20'000, 'x') + R"("}})";
    ASSERT_EQ(fixture.post("/v1/batch", batch_of(2, event, context_of(13'000))).status, 200U);
    ASSERT_THAT(fixture.committed, SizeIs(1));
    EXPECT_TRUE(fixture.committed[0].records.empty());
    const auto& letters = fixture.committed[0].dead_letters;
    ASSERT_THAT(letters, SizeIs(1)) << "the other one is the same";
    EXPECT_EQ(letters[0].letter.reason, Reason::event_too_large);
    EXPECT_EQ(letters[0].letter.event, event) << "it costs no more than its sender sent";
    EXPECT_EQ(fixture.post("/v1/batch", batch_of(2, event, context_of(11'000))).status, 200U);
    EXPECT_THAT(fixture.committed.at(1).records, SizeIs(2));
}

TEST(Limits, AnEventsOwnContextIsNotCountedTwice) {
    IngestFixture fixture;
    const std::string own = R"("context":{"x":")" + std::string(20'000, 'x') + R"("})";
    const std::string event = R"({"type":"track","userId":"u","event":"e",)" + own + "}";
    ASSERT_EQ(fixture.post("/v1/batch", "{" + own + R"(,"batch":[)" + event + "]}").status, 200U);
    EXPECT_THAT(fixture.events(), SizeIs(1));
}

// 3.9 MB took 83 s. Linear, it is done before CTest's limit even under valgrind.
TEST(Limits, AContextOfMegabytesIsNotMerged) {
    IngestFixture fixture;
    std::string members;
    for (int i = 0; members.size() < 3'900'000; ++i) members += R"("member)" + std::to_string(i) + R"(":1,)";
    const std::string own = R"({"type":"track","userId":"u","event":"e","context":{"a":1}})";
    const auto answer =
        fixture.post("/v1/batch", R"({"context":{)" + members + R"("z":0},"batch":)" + array_of(5, own) + "}");
    EXPECT_EQ(answer.status, 200U) << answer.body;
    ASSERT_THAT(fixture.committed, SizeIs(1));
    ASSERT_THAT(fixture.committed[0].dead_letters, SizeIs(1)) << "without a messageId all five are the same";
    EXPECT_EQ(fixture.committed[0].dead_letters[0].letter.event, own);
}

TEST(Limits, LargeContextsOfEachEventMergeInProportion) {
    auto options = IngestFixture::default_options();
    options.max_event = 1 << 20;
    IngestFixture fixture(options);
    std::string context = "{";
    std::string own = "{";
    for (int i = 0; i < 10'000; ++i) {
        context += "\"same beginning" + std::to_string(i + 10'000) + "and the same end\":1,";
        own += "\"same beginning" + std::to_string(i + 20'000) + "and the same end\":1,";
    }
    const std::string event = R"({"type":"track","userId":"u","event":"e","context":)" + own + R"("z":1}})";
    const auto answer =
        fixture.post("/v1/batch", R"({"context":)" + context + R"("z":0},"batch":)" + array_of(8, event) + "}");
    EXPECT_EQ(answer.status, 200U) << answer.body;
    EXPECT_THAT(fixture.events(), SizeIs(8));
    EXPECT_EQ(json::parse(fixture.events().at(0))["context"].size(), 20'001U);
}

TEST(Limits, ALargeEventIsJudgedWithoutBeingRead) {
    IngestFixture fixture;
    const std::string filling = R"("properties":{"x":)" + array_of(20'000, "1") + "}";
    const auto event = [&](const std::string& more) { return R"({"type":"track",)" + more + filling + "}"; };
    const std::string body = R"({"batch":[)" + event(R"("messageId":"a","writeKey":"secret",)") + "," +
                             event(R"("messageId":"b","integrations":{"All":false},)") + "," + good + "]}";
    ASSERT_EQ(fixture.post("/v1/batch", body).status, 200U);
    ASSERT_THAT(fixture.committed, SizeIs(1));
    EXPECT_THAT(fixture.committed[0].records, SizeIs(1));
    ASSERT_THAT(fixture.committed[0].dead_letters, SizeIs(1));
    EXPECT_EQ(fixture.committed[0].dead_letters[0].letter.event, event(R"("messageId":"a",)"));
    const auto counts = fixture.ingest.counts().sources.at(0);
    EXPECT_EQ(counts.destinations.at(0).integration_disabled, 1U);
    EXPECT_EQ(counts.received.at(static_cast<std::size_t>(customerio::EventType::track)), 3U);
    const auto broken = fixture.post("/v1/batch", R"({"batch":[{"x":tru,)" + filling + "}," + good + "]}");
    EXPECT_EQ(broken.status, 400U) << broken.body;
}

TEST(Limits, ConsentIsAskedOfTheBatchToo) {
    auto options = IngestFixture::default_options();
    options.sources.front().destinations.front().consent =
        customerio::ConsentPolicy({{customerio::ConsentProvider::one_trust, {"C4"}}});
    IngestFixture fixture(options);
    const std::string event =
        R"({"type":"track","userId":"u","event":"e","properties":{"x":")" + std::string(31'950, 'x') + R"("}})";
    const std::string context = R"("context":{"consentManagement":{"deniedConsentIds":["C4"]}},)";
    EXPECT_EQ(fixture.post("/v1/batch", batch_of(1, event, context)).status, 200U);
    EXPECT_TRUE(fixture.committed.empty());
    EXPECT_EQ(fixture.ingest.counts().sources.at(0).destinations.at(0).consent_denied, 1U);
}

TEST(Memory, ARequestIsAcceptedOnceThereIsEnough) {
    http::MemoryBudget budget(200'000);
    IngestFixture fixture(IngestFixture::default_options(), {}, nullptr, &budget);
    const std::string batch = batch_of(50, good);  // needs about 110 KB
    EXPECT_EQ(fixture.post("/v1/batch", batch).status, 200U);
    EXPECT_EQ(budget.held(), 0U) << "given back with the answer";

    budget.take(150'000);
    const auto answer = fixture.post("/v1/batch", batch);
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.body, R"({"msg": "too many large requests at a time"})");
    EXPECT_THAT(answer.headers, HasSubstr("Retry-After: 1\r\n"));
    EXPECT_EQ(fixture.post("/v1/track", good).status, 200U) << "a small one needs none of it";
    budget.give_back(150'000);
    EXPECT_EQ(fixture.post("/v1/batch", batch).status, 200U);
}

TEST(Memory, IsAskedForBeforeALargeBodyIsReadAndBeforeASmallOneIsExpanded) {
    http::MemoryBudget budget(8UL << 20U);
    IngestFixture fixture(IngestFixture::default_options(), {}, nullptr, &budget);
    const std::string large = batch_of(2'000, good);                        // 80 KB
    const std::string small = batch_of(600, good, R"("writeKey":"key",)");  // 24 KB
    const auto call = [&] { return fixture.call({boost::beast::http::verb::post, "/v1/batch", "", {}, small}); };
    EXPECT_EQ(fixture.post("/v1/batch", large).status, 200U);
    EXPECT_EQ(call().status, 200U);
    budget.take(8'000'000);
    EXPECT_EQ(call().status, 503U);
    EXPECT_EQ(fixture.post("/v1/batch", large).status, 503U);
    budget.give_back(8'000'000);
    EXPECT_EQ(fixture.post("/v1/batch", large).status, 200U);
}

TEST(Memory, IsHeldUntilTheCommitIsAnswered) {
    http::MemoryBudget budget(1UL << 20U);
    IngestFixture fixture(IngestFixture::default_options(), {}, nullptr, &budget);
    std::vector<std::shared_ptr<std::optional<http::Response>>> answers;
    for (int i = 0; i < 40; ++i) {
        answers.push_back(fixture.begin(
            {boost::beast::http::verb::post, "/v1/batch", "", {{"X-Write-Key", "key"}}, batch_of(50, good)}));
        EXPECT_LE(budget.held(), budget.limit());
    }
    const auto waiting = fixture.journal.waiting.size();
    EXPECT_GT(waiting, 3U);
    EXPECT_LT(waiting, 30U);
    while (!fixture.journal.waiting.empty()) fixture.journal.commit();
    fixture.resume();
    EXPECT_EQ(budget.held(), 0U);
    EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return (*answer)->status == 200; }),
              static_cast<std::ptrdiff_t>(waiting));
}

TEST(Memory, WhatItNeverHasIsNotToBeTriedAgain) {
    http::MemoryBudget budget(50'000);
    IngestFixture fixture(IngestFixture::default_options(), {}, nullptr, &budget);
    const auto answer = fixture.post("/v1/batch", batch_of(50, good));
    EXPECT_EQ(answer.status, 413U);
    EXPECT_THAT(answer.headers, Not(HasSubstr("Retry-After")));
}

TEST(Slices, AreOfSoMuchWork) {
    Slice slice(100);
    EXPECT_FALSE(slice.is_spent());
    slice.spend(60);
    EXPECT_EQ(slice.left(), 40U);
    slice.spend(60);
    EXPECT_TRUE(slice.is_spent());
    EXPECT_EQ(slice.left(), 0U);
    slice.renew();
    EXPECT_EQ(slice.left(), 100U);
}

// How many slices it takes.
std::size_t slices_of(const std::string& text, std::string_view path) {
    const Options options = IngestFixture::default_options();
    RequestProcessor processor(options);
    const Route route = *find_route(path);
    std::string body = text;
    Slice slice;
    std::size_t count = 1;
    EXPECT_TRUE(processor.open(body, route));
    const auto each = [&](auto resume) {
        for (auto progress = resume(); progress && *progress == Progress::more; progress = resume()) {
            slice.renew();
            ++count;
        }
    };
    each([&] { return processor.split(slice); });
    ProcessedRequest taken;
    processor.begin(options.sources.front(), route, IngestFixture().now, taken);
    each([&] { return processor.process(slice); });
    return count;
}

TEST(Slices, OfAnOrdinaryRequestThereIsOne) {
    EXPECT_EQ(slices_of(good, "/v1/track"), 1U);
    EXPECT_EQ(slices_of(batch_of(100, good), "/v1/batch"), 1U);
}

TEST(Slices, ALargeRequestHasManyWhateverItIsMadeOf) {
    EXPECT_GT(slices_of(batch_of(10'000, good), "/v1/batch"), 15U);
    EXPECT_GT(slices_of(array_of(10'000, "1"), "/webhook"), 15U);
    EXPECT_GT(slices_of(R"({"tags":)" + array_of(2'000'000, "1") + R"(,"batch":[)" + good + "]}", "/v1/batch"), 15U);
    EXPECT_GT(slices_of("[" + array_of(2'000'000, "1") + "]", "/webhook"), 15U);
    EXPECT_GT(slices_of("[{\"a\":" + array_of(2'000'000, "1") + "}]", "/webhook"), 15U);
    EXPECT_GT(slices_of(R"({"batch":[)" + array_of(2'000'000, "1") + R"(],"batch":[1]})", "/v1/batch"), 15U);
}

TEST(Slices, OthersAreServedBetweenThem) {
    IngestFixture fixture;
    int turns = 0;
    std::function<void()> other = [&] {
        if (!fixture.journal.waiting.empty()) return;
        ++turns;
        boost::asio::post(fixture.io, other);
    };
    boost::asio::post(fixture.io, other);
    fixture.begin({boost::beast::http::verb::post, "/v1/batch", "", {{"X-Write-Key", "key"}}, batch_of(10'000, good)});
    EXPECT_GT(turns, 15);
    ASSERT_THAT(fixture.journal.waiting, SizeIs(1)) << "and in the end it is complete";
    EXPECT_THAT(fixture.journal.waiting.front().first.records, SizeIs(10'000));
    fixture.journal.commit();
    fixture.resume();
}

}  // namespace
}  // namespace pintle::ingest
