#include "pintle/telemetry/exporter.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/http/client/http_client.hpp"

namespace pintle::telemetry {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

// Responds at once with the next of `responses`, the last one again and again; without any, never until it is closed.
class FakeCollector final : public http::client::Client {
public:
    explicit FakeCollector(boost::asio::io_context& io) : io_(io) {}

    Awaitable<HttpResponse> send(const HttpRequest& request) override {
        requests.push_back(request);
        co_return co_await boost::asio::async_initiate<decltype(awaiting), void(HttpResponse)>(
            [this](auto handler) {
                auto shared = std::make_shared<decltype(handler)>(std::move(handler));
                respond_ = [this, shared](HttpResponse response) {
                    boost::asio::post(io_, [shared, response = std::move(response)]() mutable {
                        std::move (*shared)(std::move(response));
                    });
                };
                if (closed || !responses.empty()) respond();
            },
            awaiting);
    }
    void redirect(http::client::Endpoint) override {}
    const http::client::Endpoint& endpoint() const noexcept override { return endpoint_; }
    std::size_t connections() const noexcept override { return 0; }
    void cancel() override { close(); }
    void close() override {
        closed = true;
        if (respond_) respond();
    }

    // To the request in flight.
    void respond_with(HttpResponse response) { std::exchange(respond_, nullptr)(std::move(response)); }

    std::deque<HttpResponse> responses;
    std::vector<HttpRequest> requests;
    bool closed = false;

private:
    void respond() {
        HttpResponse response;
        if (closed) {
            response.error = "closed";
        } else {
            response = responses.front();
            if (responses.size() > 1) responses.pop_front();
        }
        std::exchange(respond_, nullptr)(std::move(response));
    }

    boost::asio::io_context& io_;
    const http::client::Endpoint endpoint_;
    std::function<void(HttpResponse)> respond_;
};

class ExporterTest : public testing::Test {
protected:
    void start(Exporter::Schedule schedule = {1ms, 1h}) {
        exporter.start(Signal::metrics, schedule, [this]() -> Awaitable<std::string> {
            if (fails) throw std::runtime_error("the disk failed");
            co_return is_idle ? std::string() : "batch " + std::to_string(++batches);
        });
    }

    void run_until(const std::function<bool()>& condition) {
        const auto give_up = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "the condition does not become true";
            io.run_one_for(5ms);
        }
    }

    // Runs until all coroutines have ended.
    void stop(std::chrono::milliseconds limit = 10s) {
        bool stopped = false;
        boost::asio::co_spawn(io, exporter.stop(limit), [&](const std::exception_ptr& error) {
            stopped = true;
            if (error) std::rethrow_exception(error);
        });
        run_until([&] { return stopped; });
    }

    static HttpResponse answer(int status, std::string retry_after = {}) {
        return {status, "{}", std::move(retry_after), {}, {}};
    }
    std::vector<std::string> bodies() const {
        std::vector<std::string> all;
        for (const auto& request : client->requests) all.push_back(request.body);
        return all;
    }
    BatchCounts counts() const { return exporter.counts()[static_cast<std::size_t>(Signal::metrics)]; }

    boost::asio::io_context io{1};
    std::shared_ptr<FakeCollector> client = std::make_shared<FakeCollector>(io);
    Exporter exporter{io, client, 1, 1ms};
    int batches = 0;
    bool is_idle = false;
    bool fails = false;
};

TEST_F(ExporterTest, SendsABatchAfterEachPeriod) {
    client->responses = {answer(200)};
    start();
    run_until([&] { return counts().exported == 2; });
    EXPECT_EQ(client->requests.at(0).method, "POST");
    EXPECT_EQ(client->requests.at(0).path, "/v1/metrics");
    EXPECT_EQ(client->requests.at(0).body, "batch 1");
    EXPECT_EQ(client->requests.at(1).body, "batch 2");
    EXPECT_EQ(counts().dropped, 0);
}

TEST_F(ExporterTest, SendsNothingWhereThereIsNothing) {
    client->responses = {answer(200)};
    is_idle = true;
    start();
    stop();
    EXPECT_EQ(client->requests.size(), 0);
    EXPECT_EQ(counts().exported, 0);
}

TEST_F(ExporterTest, UsesAnotherClientFromTheNextRequestOn) {
    start();
    run_until([&] { return !client->requests.empty(); });
    const auto other = std::make_shared<FakeCollector>(io);
    other->responses = {answer(200)};
    exporter.use(other);
    EXPECT_FALSE(client->closed) << "the request in flight goes on";
    client->respond_with(answer(503));
    run_until([&] { return counts().exported == 1; });
    EXPECT_THAT(bodies(), ElementsAre("batch 1"));
    EXPECT_EQ(other->requests.at(0).body, "batch 1") << "it is the same batch";
}

TEST_F(ExporterTest, RetriesTheSameBatch) {
    client->responses = {answer(503), {0, {}, {}, {}, "connection refused"}, answer(200)};
    start();
    run_until([&] { return counts().exported == 1; });
    EXPECT_THAT(bodies(), ElementsAre("batch 1", "batch 1", "batch 1"));
    EXPECT_EQ(counts().dropped, 0);
}

TEST_F(ExporterTest, DropsABatchThatTheCollectorRejects) {
    client->responses = {answer(400), answer(200)};
    start();
    run_until([&] { return counts().exported == 1; });
    EXPECT_THAT(bodies(), ElementsAre("batch 1", "batch 2"));
    EXPECT_EQ(counts().dropped, 1);
}

TEST_F(ExporterTest, DropsABatchWhoseTimeIsOverBeforeTheCollectorWantsIt) {
    client->responses = {answer(503, "3600"), answer(200)};
    start({1ms, 30min});
    run_until([&] { return counts().exported == 1; });
    EXPECT_THAT(bodies(), ElementsAre("batch 1", "batch 2"));
    EXPECT_EQ(counts().dropped, 1);
}

TEST_F(ExporterTest, GoesOnAfterABatchThatCouldNotBeMade) {
    client->responses = {answer(200)};
    fails = true;
    start();
    run_until([&] { return counts().dropped >= 1; });
    fails = false;
    run_until([&] { return counts().exported == 1; });
}

TEST_F(ExporterTest, SendsOnceMoreWhenItStops) {
    client->responses = {answer(200)};
    start({1h, 1h});
    run_until([&] { return io.poll() == 0; });
    EXPECT_EQ(client->requests.size(), 0);
    stop();
    EXPECT_THAT(bodies(), ElementsAre("batch 1"));
    EXPECT_EQ(counts().exported, 1);
    EXPECT_TRUE(client->closed);
}

TEST_F(ExporterTest, DoesNotWaitForARetryWhenItStops) {
    client->responses = {answer(503, "1800")};
    start();
    run_until([&] { return client->requests.size() == 1; });
    stop();
    // The batch that waited for its retry, and the last one, once each.
    EXPECT_THAT(bodies(), ElementsAre("batch 1", "batch 1", "batch 2"));
    EXPECT_EQ(counts().dropped, 2);
}

TEST_F(ExporterTest, StopsThoughTheCollectorDoesNotRespond) {
    start({1h, 1h});
    run_until([&] { return io.poll() == 0; });
    stop(1ms);
    EXPECT_THAT(bodies(), ElementsAre("batch 1"));
    EXPECT_EQ(counts().dropped, 1);
}

}  // namespace
}  // namespace pintle::telemetry
