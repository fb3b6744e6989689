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
    return read_response(response, 4, WallTime{});
}

constexpr const char* all_taken = R"({"accepted":4,"dropped":{},"dead_letters":{}})";

TEST(Answer, OnlyPintlesOwn200IsAPromise) {
    EXPECT_EQ(judged(200, all_taken).next, NextStep::accepted);
    EXPECT_EQ(judged(200, all_taken).outcomes.accepted, 4U);
    EXPECT_EQ(judged(200, "<html>").next, NextStep::stop);
    EXPECT_EQ(judged(200, "<html>").reason, "the server did not respond like pintle");
    EXPECT_EQ(judged(204).next, NextStep::stop);
}

TEST(Answer, SaysWhatBecameOfEachEvent) {
    const auto outcomes = judged(200, R"({"accepted":0,"dropped":{"duplicate":[0],"filtered":[2]},)"
                                      R"("dead_letters":{"z":[3],"a":[1]}})")
                              .outcomes;
    EXPECT_EQ(outcomes.duplicates, 1U);
    EXPECT_EQ(outcomes.dropped, 1U);
    ASSERT_EQ(outcomes.dead_letters.size(), 2U);
    EXPECT_EQ(outcomes.dead_letters[0].event, 1U);
    EXPECT_EQ(outcomes.dead_letters[0].reason, "a");
    EXPECT_EQ(outcomes.dead_letters[1].reason, "z");
}

TEST(Answer, A200ThatDoesNotAccountForEachEventIsNoPromise) {
    for (const char* body : {
             R"({"accepted":3,"dropped":{},"dead_letters":{}})",
             R"({"accepted":5,"dropped":{},"dead_letters":{}})",
             R"({"accepted":-4,"dropped":{},"dead_letters":{}})",
             R"({"accepted":4,"dropped":{}})",
             R"({"accepted":4,"dropped":[],"dead_letters":{}})",
             R"({"accepted":3,"dropped":{"duplicate":0},"dead_letters":{}})",
             R"({"accepted":3,"dropped":{"duplicate":[4]},"dead_letters":{}})",
             R"({"accepted":3,"dropped":{},"dead_letters":{"a":["0"]}})",
             "[]",
             "OK",
         }) {
        EXPECT_EQ(judged(200, body).next, NextStep::stop) << body;
    }
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
    EXPECT_EQ(read_response(response, 4, WallTime{}).next, NextStep::retry);
    EXPECT_EQ(read_response(response, 4, WallTime{}).reason, response.error);
}

TEST(Answer, AnErrorThatLastsIsNotTriedAgain) {
    HttpResponse response;
    response.error = "TLS handshake with h: certificate verify failed";
    response.lasting_error = LastingError::untrusted_certificate;
    const auto result = read_response(response, 4, WallTime{});
    EXPECT_EQ(result.next, NextStep::stop);
    EXPECT_EQ(result.lasting_error, LastingError::untrusted_certificate);
    EXPECT_EQ(result.reason, response.error);
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
