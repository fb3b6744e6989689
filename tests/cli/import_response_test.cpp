#include "import/response.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"

#include <gmock/gmock.h>

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;

Judgement judged(int status, const std::string& body = {}, const std::string& retry_after = {}) {
    HttpResponse answer;
    answer.status = status;
    answer.body = body;
    answer.retry_after = retry_after;
    return judge(answer, WallTime{});
}

TEST(Answer, OnlyPintlesOwn200IsAPromise) {
    EXPECT_EQ(judged(200, "OK").next, Next::go_on);
    EXPECT_EQ(judged(200, "<html>").next, Next::give_up);
    EXPECT_EQ(judged(200, "<html>").reason, "what answers is no pintle");
    EXPECT_EQ(judged(204).next, Next::give_up);
}

TEST(Answer, OverloadIsWaitedForAsLongAsItAsks) {
    const auto overload = judged(503, R"({"msg":"journal full"})", "7");
    EXPECT_EQ(overload.next, Next::again);
    EXPECT_EQ(overload.retry_after, 7s);
    EXPECT_EQ(overload.reason, "503: journal full");
    for (const int status : {408, 429, 500, 502, 504}) EXPECT_EQ(judged(status).next, Next::again) << status;
}

TEST(Answer, AFaultIsTriedAgainAndNamed) {
    HttpResponse answer;
    answer.error = "connect to localhost:8080: connection refused";
    EXPECT_EQ(judge(answer, WallTime{}).next, Next::again);
    EXPECT_EQ(judge(answer, WallTime{}).reason, answer.error);
}

TEST(Answer, WhatIsRefusedIsHalved) {
    EXPECT_EQ(judged(413).next, Next::bisect);
    EXPECT_EQ(judged(400, R"({"msg":"invalid json"})").next, Next::bisect);
    EXPECT_EQ(judged(400, "<html>").next, Next::give_up) << "a web server's, who would refuse each event";
}

TEST(Answer, WhatNothingWillMendEndsIt) {
    for (const int status : {301, 401, 403, 404, 405}) EXPECT_EQ(judged(status).next, Next::give_up) << status;
    EXPECT_EQ(judged(401, R"({"msg":"invalid write key"})").reason, "401: invalid write key");
    EXPECT_EQ(judged(404, "<html>").reason, "404");
}

TEST(Answer, CannotSteerATerminal) {
    EXPECT_EQ(judged(400, R"({"msg":"\u001b[2J"})").reason, "400: ?[2J");
}

}  // namespace
}  // namespace pintle::cli::importer
