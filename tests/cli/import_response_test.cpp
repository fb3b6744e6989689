#include "import/response.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"

#include <gmock/gmock.h>

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;

IngestResult judged(int status, const std::string& body = {}, const std::string& retry_after = {}) {
    HttpResponse response;
    response.status = status;
    response.body = body;
    response.retry_after = retry_after;
    return read_response(response, WallTime{});
}

TEST(Answer, OnlyPintlesOwn200IsAPromise) {
    EXPECT_EQ(judged(200, "OK").next, NextStep::accepted);
    EXPECT_EQ(judged(200, "<html>").next, NextStep::stop);
    EXPECT_EQ(judged(200, "<html>").reason, "the server did not respond like pintle");
    EXPECT_EQ(judged(204).next, NextStep::stop);
}

TEST(Answer, OverloadIsWaitedForAsLongAsItAsks) {
    const auto overload = judged(503, R"({"msg":"journal full"})", "7");
    EXPECT_EQ(overload.next, NextStep::retry);
    EXPECT_EQ(overload.retry_after, 7s);
    EXPECT_EQ(overload.reason, "503: journal full");
    for (const int status : {408, 429, 500, 502, 504}) EXPECT_EQ(judged(status).next, NextStep::retry) << status;
}

TEST(Answer, AFaultIsTriedAgainAndNamed) {
    HttpResponse response;
    response.error = "connect to localhost:8080: connection refused";
    EXPECT_EQ(read_response(response, WallTime{}).next, NextStep::retry);
    EXPECT_EQ(read_response(response, WallTime{}).reason, response.error);
}

TEST(Answer, WhatIsRefusedIsHalved) {
    EXPECT_EQ(judged(413).next, NextStep::bisect);
    EXPECT_EQ(judged(400, R"({"msg":"invalid json"})").next, NextStep::bisect);
    EXPECT_EQ(judged(400, "<html>").next, NextStep::stop) << "a web server's, who would refuse each event";
}

TEST(Answer, WhatNothingWillMendEndsIt) {
    for (const int status : {301, 401, 403, 404, 405}) EXPECT_EQ(judged(status).next, NextStep::stop) << status;
    EXPECT_EQ(judged(401, R"({"msg":"invalid write key"})").reason, "401: invalid write key");
    EXPECT_EQ(judged(404, "<html>").reason, "404");
}

TEST(Answer, CannotSteerATerminal) {
    EXPECT_EQ(judged(400, R"({"msg":"\u001b[2J"})").reason, "400: ?[2J");
}

}  // namespace
}  // namespace pintle::cli::importer
