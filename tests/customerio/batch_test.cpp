#include "pintle/customerio/batch.hpp"

#include <string>

#include "contract.hpp"
#include "mapping_testing.hpp"
#include "pintle/base/http_message.hpp"
#include "random_event.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

Options v2() {
    Options options;
    options.api_version = ApiVersion::v2;
    return options;
}

HttpRequest track(const std::string& user, std::size_t filler = 0) {
    return map_event(R"({"type":"track","userId":")" + user + R"(","event":"E","properties":{"f":")" +
                         std::string(filler, 'x') + R"("}})",
                     v2())
        .request;
}

HttpRequest finished(Batch& batch) {
    HttpRequest request;
    batch.finish(request);
    return request;
}

TEST(Batch, HoldsItsItemsInTheOrderInWhichTheyCame) {
    Batch batch;
    for (const char* user : {"a", "b", "c"}) EXPECT_TRUE(batch.add(track(user)));
    EXPECT_EQ(batch.size(), 3);
    const HttpRequest request = finished(batch);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/api/v2/batch");
    const json items = json::parse(request.body).at("batch");
    ASSERT_EQ(items.size(), 3);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(items[i].at("identifiers").at("id"), std::string(1, static_cast<char>('a' + i)));
    }
}

TEST(Batch, OfOneIsTheRequestItself) {
    const HttpRequest one = track("u");
    Batch batch;
    ASSERT_TRUE(batch.add(one));
    EXPECT_EQ(finished(batch).body, one.body);
}

TEST(Batch, IsEmptyOnceItIsFinished) {
    Batch batch;
    ASSERT_TRUE(batch.add(track("a")));
    finished(batch);
    EXPECT_EQ(batch.size(), 0);
    ASSERT_TRUE(batch.add(track("b")));
    EXPECT_EQ(finished(batch).body, track("b").body);
}

TEST(Batch, RejectsARequestOfAnotherRoute) {
    Batch batch;
    const auto anonymous = map_event(R"({"type":"track","anonymousId":"a","event":"E"})", v2()).request;
    EXPECT_EQ(anonymous.path, "/api/v1/events");
    EXPECT_FALSE(batch.add(anonymous));
    EXPECT_EQ(batch.size(), 0);
}

TEST(Batch, IsNeverLongerThanCustomerIosLimit) {
    Batch batch;
    std::size_t items = 0;
    while (batch.add(track("u", 30'000))) ++items;
    EXPECT_EQ(items, 16);
    HttpRequest request = finished(batch);
    EXPECT_LE(request.body.size(), max_batch_bytes);
    EXPECT_GT(request.body.size() + 30'000, max_batch_bytes);

    // To the byte: the last item fills what is left.
    for (std::size_t i = 0; i < items; ++i) ASSERT_TRUE(batch.add(track("u", 30'000)));
    const std::size_t left = max_batch_bytes - request.body.size() - 1;  // a comma goes before it
    const std::size_t frame = track("u").body.size() - std::string(R"({"batch":[]})").size();
    EXPECT_FALSE(batch.add(track("u", left - frame + 1)));
    EXPECT_TRUE(batch.add(track("u", left - frame)));
    EXPECT_EQ(finished(batch).body.size(), max_batch_bytes);
}

TEST(Batch, HoldsTheContractWhateverIsInIt) {
    const Contract contract;
    RandomEvent random(20'261'124);
    Batch batch;
    int batches = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Outcome outcome = map_event(random.event(), v2());
        if (!outcome.refusal.empty()) continue;
        const bool taken = batch.add(outcome.request);
        EXPECT_TRUE(taken || !is_batch_item(outcome.request) || batch.size() > 1);
        if (batch.size() < 50) continue;
        ++batches;
        const HttpRequest request = finished(batch);
        ASSERT_EQ(contract.broken_by(request), "") << request.body;
    }
    EXPECT_GT(batches, 10);
}

}  // namespace
}  // namespace pintle::customerio
