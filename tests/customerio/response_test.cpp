#include "pintle/customerio/response.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"

#include <gmock/gmock.h>

namespace pintle::customerio {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::StartsWith;

constexpr WallTime now{};

HttpResponse response(int status, std::string body = {}) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

DeliveryResult judged(int status, std::string body = {}) {
    return classify(response(status, std::move(body)), now);
}

TEST(DeliveryResult, IsByStatus) {
    for (const int status : {200, 201, 202, 204, 299})
        EXPECT_EQ(judged(status).disposition, Disposition::delivered) << status;
    for (const int status : {400, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422, 431, 451, 499}) {
        EXPECT_EQ(judged(status).disposition, Disposition::rejected) << status;
    }
    for (const int status : {401, 403, 407}) EXPECT_EQ(judged(status).disposition, Disposition::unauthorized) << status;
    for (const int status : {408, 421, 425, 429, 500, 501, 502, 503, 504, 511, 599}) {
        EXPECT_EQ(judged(status).disposition, Disposition::retry) << status;
    }
}

TEST(DeliveryResult, WhatNobodyKnowsIsTriedAgain) {
    for (const int status : {101, 300, 303, 304, 305, 600, 999})
        EXPECT_EQ(judged(status).disposition, Disposition::retry) << status;
}

TEST(DeliveryResult, ARedirectNeedsALocation) {
    for (const int status : {301, 302, 307, 308}) {
        HttpResponse redirect = response(status);
        EXPECT_EQ(classify(redirect, now).disposition, Disposition::retry) << status;
        redirect.location = "https://track-eu.customer.io/api";
        EXPECT_EQ(classify(redirect, now).disposition, Disposition::redirected) << status;
    }
}

TEST(DeliveryResult, AFaultIsTriedAgainAndIsTheReason) {
    HttpResponse fault;
    fault.error = "connect to host:443: Connection refused";
    EXPECT_EQ(classify(fault, now).disposition, Disposition::retry);
    EXPECT_EQ(classify(fault, now).message, fault.error);
}

TEST(DeliveryResult, OnlyA429Throttles) {
    EXPECT_TRUE(judged(429).throttled);
    EXPECT_FALSE(judged(503).throttled);
}

TEST(DeliveryResult, A207IsJudgedByItsItem) {
    EXPECT_EQ(judged(207, R"({"errors":[]})").disposition, Disposition::delivered);
    EXPECT_EQ(judged(207, "{}").disposition, Disposition::delivered);
    const DeliveryResult refused =
        judged(207, R"({"errors":[{"batch_index":0,"reason":"required","field":"name","message":"must be set"}]})");
    EXPECT_EQ(refused.disposition, Disposition::rejected);
    EXPECT_EQ(refused.message, "207 Multi-Status: required: name: must be set");
}

TEST(DeliveryResult, A207ThatCannotBeReadIsTriedAgain) {
    EXPECT_EQ(judged(207, "").disposition, Disposition::retry);
    EXPECT_EQ(judged(207, R"({"errors":[{)").disposition, Disposition::retry);
    EXPECT_EQ(judged(207, "[]").disposition, Disposition::retry);
}

TEST(DeliveryResult, HasNoReasonWhereItIsDelivered) {
    EXPECT_EQ(judged(200, R"({"meta":{"error":"x"}})").message, "");
}

TEST(DeliveryResult, QuotesCustomerIosErrorInEachOfItsForms) {
    EXPECT_EQ(judged(400, R"({"meta":{"error":"bad id"}})").message, "400 Bad Request: bad id");
    EXPECT_EQ(judged(400, R"({"meta":{"errors":["bad id","bad name"]}})").message, "400 Bad Request: bad id; bad name");
    EXPECT_EQ(judged(400, R"({"errors":[{"reason":"invalid","field":"id","message":"too long"}]})").message,
              "400 Bad Request: invalid: id: too long");
    EXPECT_EQ(judged(401, R"({"meta":{"error":"Unauthorized request"}})").message,
              "401 Unauthorized: Unauthorized request");
}

TEST(DeliveryResult, QuotesOtherTextAsItIsButNoHtml) {
    EXPECT_EQ(judged(502, " upstream failed\r\n").message, "502 Bad Gateway: upstream failed");
    EXPECT_EQ(judged(502, "<html><h1>502</h1></html>").message, "502 Bad Gateway");
    EXPECT_EQ(judged(500, R"({"code":7})").message, R"(500 Internal Server Error: {"code":7})");
    EXPECT_EQ(judged(500, "{}").message, "500 Internal Server Error");
    EXPECT_EQ(judged(500, "").message, "500 Internal Server Error");
}

TEST(DeliveryResult, AStatusWithoutANameIsANumber) {
    EXPECT_EQ(judged(597, "odd").message, "597: odd");
}

TEST(DeliveryResult, TruncatesALongReasonBetweenCharacters) {
    std::string text = "x";
    for (int i = 0; i < 200; ++i) text += "\u00e9";
    const std::string reason = judged(400, R"({"meta":{"error":")" + text + R"("}})").message;
    const std::string quoted = reason.substr(std::string("400 Bad Request: ").size());
    EXPECT_EQ(quoted.size(), 199);
    EXPECT_TRUE(quoted.ends_with("\u00e9"));
}

TEST(DeliveryResult, HidesControlCharactersAndBrokenUtf8) {
    EXPECT_EQ(judged(400, R"({"meta":{"error":"a\u001b[31m\nb\u007f\u0085c"}})").message,
              "400 Bad Request: a [31m b  c");
    EXPECT_EQ(judged(500, "a\xff\xc3.\xed\xa0\x80z").message, "500 Internal Server Error: a??.???z");
}

TEST(DeliveryResult, SaysWhereARedirectGoes) {
    HttpResponse redirect = response(301);
    redirect.location = "https://evil.example/\x1b";
    EXPECT_EQ(classify(redirect, now).message, "301 Moved Permanently: to https://evil.example/ ");
}

TEST(DeliveryResult, HoldsWhatRetryAfterAskedFor) {
    HttpResponse busy = response(503);
    busy.retry_after = "120";
    EXPECT_EQ(classify(busy, now).retry_after, seconds{120});
    busy.retry_after = "soon";
    EXPECT_EQ(classify(busy, now).retry_after, std::nullopt);
}

BatchResult judged_batch(int status, std::string body, std::size_t items = 4) {
    return classify_batch(response(status, std::move(body)), items, now);
}

TEST(BatchResult, Of200IsThatAllItemsAreDelivered) {
    const auto result = judged_batch(200, "{}");
    EXPECT_EQ(result.whole.disposition, Disposition::delivered);
    EXPECT_FALSE(result.bisect);
    EXPECT_THAT(result.rejected, testing::IsEmpty());
}

TEST(BatchResult, Of207RejectsTheItemsItNamesAndDeliversTheRest) {
    const auto result = judged_batch(
        207,
        R"({"errors":[{"batch_index":3,"reason":"invalid","field":"name","message":"too long"},)"
        R"({"batch_index":1,"reason":"required","field":"id"},{"batch_index":3,"reason":"invalid","field":"id"}]})");
    EXPECT_EQ(result.whole.disposition, Disposition::delivered);
    EXPECT_FALSE(result.bisect);
    ASSERT_THAT(result.rejected, testing::SizeIs(2));
    EXPECT_EQ(result.rejected[0].index, 1);
    EXPECT_EQ(result.rejected[0].message, "207 Multi-Status: required: id");
    EXPECT_EQ(result.rejected[0].error, R"({"batch_index":1,"field":"id","reason":"required"})");
    EXPECT_EQ(result.rejected[1].index, 3);
    EXPECT_EQ(result.rejected[1].message, "207 Multi-Status: invalid: name: too long; invalid: id");
}

TEST(BatchResult, Of207WithoutErrorsIsThatAllAreDelivered) {
    for (const char* body : {R"({"errors":[]})", R"({"errors":{}})", "{}"}) {
        const auto result = judged_batch(207, body);
        EXPECT_EQ(result.whole.disposition, Disposition::delivered) << body;
        EXPECT_FALSE(result.bisect) << body;
    }
}

TEST(BatchResult, Of207ThatCannotBeReadIsToTryAllAgain) {
    for (const char* body : {"", "[]", R"({"errors":[{)"}) {
        const auto result = judged_batch(207, body);
        EXPECT_EQ(result.whole.disposition, Disposition::retry) << body;
        EXPECT_THAT(result.whole.message, StartsWith("207")) << body;
    }
}

TEST(BatchResult, Of207ThatIsNestedTooDeeplyIsToTryAllAgain) {
    for (const std::size_t levels : {100U, 200'000U}) {
        const std::string deep = std::string(levels, '[') + std::string(levels, ']');
        for (const std::string& body :
             {deep, std::string(levels, '['), R"({"errors":[{"batch_index":0,"x":)" + deep + "}]}"}) {
            EXPECT_EQ(judged_batch(207, body).whole.disposition, Disposition::retry) << levels;
            EXPECT_EQ(judged(207, body).disposition, Disposition::retry) << levels;
            EXPECT_EQ(judged(400, body).disposition, Disposition::rejected) << levels;
        }
    }
}

TEST(BatchResult, OfManyErrorsOfOneItemSomeAreKept) {
    std::string body = R"({"errors":[)";
    for (int i = 0; i < 20'000; ++i) body += R"({"batch_index":1,"reason":"invalid"},)";
    body.back() = ']';
    const auto result = judged_batch(207, body + "}");
    ASSERT_EQ(result.rejected.size(), 1);
    EXPECT_THAT(result.rejected[0].message, StartsWith("207 Multi-Status: invalid; invalid"));
    EXPECT_LE(result.rejected[0].message.size(), 1'000);
    EXPECT_LE(result.rejected[0].error.size(), 16'384);

    const auto large =
        judged_batch(207, R"({"errors":[{"batch_index":1,"reason":")" + std::string(400'000, 'x') + "\"}]}");
    ASSERT_EQ(large.rejected.size(), 1);
    EXPECT_LE(large.rejected[0].message.size(), 1'000);
    EXPECT_LE(large.rejected[0].error.size(), 16'384);
}

TEST(BatchResult, AnErrorThatNamesNoItemOfTheBatchIsLookedForInHalves) {
    for (const char* error : {R"({"reason":"invalid"})", R"({"batch_index":4})", R"({"batch_index":-1})", R"("bad")"}) {
        const auto result = judged_batch(207, std::string(R"({"errors":[{"batch_index":1},)") + error + "]}");
        EXPECT_TRUE(result.bisect) << error;
        EXPECT_THAT(result.rejected, testing::IsEmpty()) << error;
    }
}

TEST(BatchResult, ARejectionOfTheWholeIsBisected) {
    for (const int status : {400, 404, 413, 422}) EXPECT_TRUE(judged_batch(status, "{}").bisect) << status;
}

TEST(BatchResult, OfAnythingElseIsForAllItems) {
    for (const int status : {401, 403, 408, 429, 500, 503}) {
        const auto result = judged_batch(status, "{}");
        EXPECT_FALSE(result.bisect) << status;
        EXPECT_EQ(result.whole.disposition, judged(status).disposition) << status;
        EXPECT_EQ(result.whole.message, judged(status, "{}").message) << status;
    }
}

}  // namespace
}  // namespace pintle::customerio
