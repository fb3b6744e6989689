#include "pintle/telemetry/export_result.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pintle::telemetry {
namespace {

using namespace std::chrono_literals;
using Kind = ExportResult::Kind;

constexpr WallTime now{1'700'000'000'000ms};

HttpResponse response(int status, std::string body = {}, std::string retry_after = {}) {
    return {status, std::move(body), std::move(retry_after), {}, {}};
}

TEST(ExportResult, IsAcceptedByA200) {
    for (const char* body :
         {"", "{}", R"({"partialSuccess":{}})", R"({"partialSuccess":{"rejectedSpans":"0"}})", "no JSON"}) {
        const auto result = classify(response(200, body), now);
        EXPECT_EQ(result.kind, Kind::accepted) << body;
        EXPECT_EQ(result.message, "") << body;
    }
}

TEST(ExportResult, SaysWhatTheCollectorLeftOut) {
    const auto message = [](const std::string& partial) {
        return classify(response(200, R"({"partialSuccess":)" + partial + '}'), now).message;
    };
    EXPECT_EQ(message(R"({"rejectedDataPoints":"3","errorMessage":"too old"})"),
              "the collector rejected 3 of the batch: too old");
    EXPECT_EQ(message(R"({"rejectedSpans":2})"), "the collector rejected 2 of the batch");
    EXPECT_EQ(message(R"({"errorMessage":"deprecated"})"), "deprecated");
}

TEST(ExportResult, IsRetriedForTheStatusesOfTheSpecificationOnly) {
    for (const int status : {429, 502, 503, 504})
        EXPECT_EQ(classify(response(status), now).kind, Kind::retry) << status;
    for (const int status : {301, 400, 401, 403, 404, 413, 500, 501}) {
        EXPECT_EQ(classify(response(status), now).kind, Kind::rejected) << status;
    }
}

TEST(ExportResult, IsRetriedAfterATransportError) {
    HttpResponse failed;
    failed.error = "connect to collector:4318: connection refused";
    const auto result = classify(failed, now);
    EXPECT_EQ(result.kind, Kind::retry);
    EXPECT_EQ(result.message, failed.error);
}

TEST(ExportResult, HasTheRetryAfterOfTheCollector) {
    EXPECT_EQ(classify(response(503, {}, "7"), now).retry_after, 7s);
    EXPECT_EQ(classify(response(503), now).retry_after, std::nullopt);
}

TEST(ExportResult, ShowsThePartOfTheBodyThatFits) {
    EXPECT_EQ(classify(response(400, "bad"), now).message, "the collector answers 400: bad");
    EXPECT_LT(classify(response(400, std::string(10'000, 'x')), now).message.size(), 300);
}

TEST(RetryWait, DoublesUpToALimitWithJitter) {
    EXPECT_EQ(retry_wait(1s, 1, 0, {}), 500ms);
    EXPECT_EQ(retry_wait(1s, 3, 0, {}), 2s);
    EXPECT_EQ(retry_wait(1s, 3, 0.5, {}), 3s);
    EXPECT_EQ(retry_wait(1s, 1'000'000, 0, {}), 15s);
}

TEST(RetryWait, IsAtLeastWhatTheCollectorAsksFor) {
    EXPECT_EQ(retry_wait(1s, 1, 0, 90s), 90s);
    EXPECT_EQ(retry_wait(1s, 5, 0, 1s), 8s);
}

}  // namespace
}  // namespace pintle::telemetry
