#include "pintle/telemetry/trace.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pintle::telemetry {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const std::string valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr TraceId trace{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c};
constexpr SpanId span_id{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31};

TEST(TraceParent, IsReadFromItsHeader) {
    EXPECT_EQ(parse_traceparent(valid), (TraceParent{trace, span_id, true}));
    EXPECT_EQ(parse_traceparent(valid.substr(0, 53) + "00"), (TraceParent{trace, span_id, false}));
    EXPECT_EQ(parse_traceparent(valid.substr(0, 53) + "03"), (TraceParent{trace, span_id, true}));
}

TEST(TraceParent, MayHaveMoreFieldsInALaterVersion) {
    EXPECT_EQ(parse_traceparent("cc" + valid.substr(2) + "-more"), (TraceParent{trace, span_id, true}));
    EXPECT_EQ(parse_traceparent("cc" + valid.substr(2)), (TraceParent{trace, span_id, true}));
    EXPECT_EQ(parse_traceparent("cc" + valid.substr(2) + ".more"), std::nullopt);
    EXPECT_EQ(parse_traceparent(valid + "-more"), std::nullopt);
}

TEST(TraceParent, IsNothingWhereItIsNotValid) {
    EXPECT_EQ(parse_traceparent(""), std::nullopt);
    for (std::size_t size = 0; size < valid.size(); ++size)
        EXPECT_EQ(parse_traceparent(valid.substr(0, size)), std::nullopt);
    EXPECT_EQ(parse_traceparent("ff" + valid.substr(2)), std::nullopt);
    EXPECT_EQ(parse_traceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01"), std::nullopt);
    EXPECT_EQ(parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"), std::nullopt);
    for (const std::size_t place : {0U, 2U, 3U, 34U, 35U, 36U, 52U, 53U, 54U}) {
        for (const char wrong : {'g', 'A', ' ', '+'}) {
            std::string header = valid;
            header[place] = wrong;
            EXPECT_EQ(parse_traceparent(header), std::nullopt) << header;
        }
    }
}

TEST(TracesRequest, IsOtlp) {
    Span span;
    span.trace = trace;
    span.id = span_id;
    span.parent = SpanId{1, 2, 3, 4, 5, 6, 7, 8};
    span.kind = Span::Kind::client;
    span.name = "deliver";
    span.start = SpanTime{1'700'000'000'000'000'001ns};
    span.end = SpanTime{1'700'000'000'000'000'002ns};
    span.attributes = {{"http.request.method", std::string("PUT")}, {"http.response.status_code", std::int64_t{503}}};
    span.error = "503 Service Unavailable";
    const auto request =
        json::parse(traces_request({&span, 1}, {"1.2.3", "an-instance", ""})).at("resourceSpans").at(0);
    EXPECT_EQ(request.at("resource").at("attributes").size(), 3);
    EXPECT_EQ(request.at("scopeSpans"), json::parse(R"([{"scope":{"name":"pintle","version":"1.2.3"},"spans":[{
        "traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","parentSpanId":"0102030405060708",
        "name":"deliver","kind":3,"startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000000000002",
        "attributes":[{"key":"http.request.method","value":{"stringValue":"PUT"}},
                      {"key":"http.response.status_code","value":{"intValue":"503"}}],
        "status":{"code":2,"message":"503 Service Unavailable"}}]}])"));
}

TEST(TracesRequest, LeavesOutWhatASpanDoesNotHave) {
    const Span span;
    const auto request = json::parse(traces_request({&span, 1}, {}));
    const auto& made = request.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").at(0);
    EXPECT_FALSE(made.contains("parentSpanId"));
    EXPECT_FALSE(made.contains("status"));
    EXPECT_EQ(made.at("kind"), 1);
}

}  // namespace
}  // namespace pintle::telemetry
