#include "service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

namespace pintle::sandbox {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;
namespace beast_http = boost::beast::http;

// "site:key" and "site:other" in base64.
constexpr const char* right = "Basic c2l0ZTprZXk=";
constexpr const char* wrong = "Basic c2l0ZTpvdGhlcg==";

class Service : public testing::Test {
protected:
    explicit Service(const SandboxOptions& options = asking()) : sandbox_(options, &log_) {}

    static SandboxOptions asking() {
        SandboxOptions options;
        options.site_id = "site";
        options.api_key = "key";
        options.seed = 1;
        return options;
    }

    http::Response send(beast_http::verb method, const std::string& target, std::string body = {},
                        const char* authorization = right) {
        beast_http::fields headers;
        if (authorization != nullptr) headers.set(beast_http::field::authorization, authorization);
        const std::string_view text = target;
        const std::size_t mark = std::min(text.find('?'), text.size());
        http::Request request{method,
                              beast_http::to_string(method),
                              text,
                              text.substr(0, mark),
                              text.substr(std::min(mark + 1, text.size())),
                              headers,
                              body,
                              "127.0.0.1"};
        http::Response answer;
        boost::asio::io_context io;
        boost::asio::co_spawn(io.get_executor(), sandbox_.on_request(request, answer), boost::asio::detached);
        io.run();
        return answer;
    }
    http::Response identify(const char* authorization = right) {
        return send(beast_http::verb::put, "/api/v1/customers/u", R"({"plan":"x"})", authorization);
    }
    json requests(const std::string& query = "") {
        return json::parse(send(beast_http::verb::get, "/requests" + query, {}, nullptr).body);
    }
    http::Response faults(const std::string& change) { return send(beast_http::verb::put, "/faults", change, nullptr); }

    std::ostringstream log_;
    Sandbox sandbox_;
};

TEST_F(Service, TakesAndRemembersACall) {
    const http::Response answer = identify();
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, "{}");
    const json call = requests().at(0);
    EXPECT_EQ(call["seq"], 1);
    EXPECT_EQ(call["method"], "PUT");
    EXPECT_EQ(call["path"], "/api/v1/customers/u");
    EXPECT_EQ(call["status"], 200);
    EXPECT_EQ(call["body"], json::parse(R"({"plan":"x"})"));
    EXPECT_EQ(call["taken"], true);
    EXPECT_EQ(call["credentials_ok"], true);
}

TEST_F(Service, LogsACallAsOneLine) {
    identify();
    EXPECT_THAT(log_.str(),
                MatchesRegex("[0-9:]{8}\\.[0-9]{3} PUT /api/v1/customers/u 200 [0-9.]+ms \\{\"plan\":\"x\"\\}\n"));
}

TEST_F(Service, WrongOrMissingCredentialsAre401) {
    for (const char* authorization : {wrong, "Bearer key", "Basic !!!", static_cast<const char*>(nullptr)}) {
        EXPECT_EQ(identify(authorization).status, 401U);
    }
    EXPECT_EQ(requests().at(0)["credentials_ok"], false);
    EXPECT_EQ(requests().at(0)["taken"], false);
}

TEST_F(Service, WhatTheContractRefusesIsRememberedAsNotTaken) {
    EXPECT_EQ(send(beast_http::verb::put, "/api/v1/customers/u", "{").status, 400U);
    EXPECT_EQ(requests().at(0)["taken"], false);
    EXPECT_EQ(requests().at(0)["body"], "{");
}

TEST_F(Service, FailsOnDemandWithRetryAfter) {
    EXPECT_EQ(faults(R"({"fail_rate":1,"fail_status":503,"retry_after":7})").status, 200U);
    const http::Response answer = identify();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_THAT(answer.headers, HasSubstr("Retry-After: 7\r\n"));
    EXPECT_EQ(requests().at(0)["taken"], false);
    faults(R"({"fail_rate":0})");
    EXPECT_EQ(identify().status, 200U);
}

TEST_F(Service, ResetsBeforeOrAfterTheCallWasTaken) {
    faults(R"({"reset_rate":1})");
    EXPECT_TRUE(identify().reset);
    faults(R"({"reset_rate":0,"reset_after_rate":1})");
    EXPECT_TRUE(identify().reset);
    EXPECT_EQ(requests().at(0)["taken"], false);
    EXPECT_EQ(requests().at(1)["taken"], true);
    EXPECT_EQ(requests().at(1)["status"], 0);
}

TEST_F(Service, RefusesWhatHoldsATextOnDemand) {
    send(beast_http::verb::put, "/faults", R"({"refuse_text":"plan"})", nullptr);
    EXPECT_EQ(identify().status, 400U);
    EXPECT_EQ(send(beast_http::verb::put, "/api/v1/customers/u", R"({"name":"x"})").status, 200U);
    EXPECT_EQ(requests()[0]["taken"], false);
}

TEST_F(Service, MoreThanTheRateIs429) {
    faults(R"({"rate":0.001})");
    EXPECT_EQ(identify().status, 200U);
    EXPECT_EQ(identify().status, 429U);
}

TEST_F(Service, WaitsBeforeItAnswers) {
    faults(R"({"latency_ms":20})");
    const auto started = std::chrono::steady_clock::now();
    identify();
    EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(20));
}

TEST_F(Service, TheCredentialsAskedForCanBeChanged) {
    EXPECT_EQ(faults(R"({"api_key":"other"})").status, 200U);
    EXPECT_EQ(identify(right).status, 401U);
    EXPECT_EQ(identify(wrong).status, 200U);
    EXPECT_EQ(json::parse(faults(R"({"api_key":null,"site_id":"another"})").body)["site_id"], "another");
    EXPECT_EQ(identify(right).status, 401U);
    EXPECT_EQ(json::parse(faults(R"({"site_id":null})").body)["site_id"], nullptr);
    EXPECT_EQ(identify(right).status, 200U);
}

TEST_F(Service, NeverShowsTheCredentialsAskedFor) {
    EXPECT_THAT(faults(R"({"api_key":"hidden-key"})").body, testing::Not(HasSubstr("hidden-key")));
    EXPECT_THAT(send(beast_http::verb::get, "/faults").body, testing::Not(HasSubstr("hidden-key")));
}

TEST_F(Service, AWrongChangeOfFaultsIs400AndChangesNothing) {
    EXPECT_EQ(faults(R"({"api_key":"other","fail_rate":2})").status, 400U);
    EXPECT_EQ(faults(R"({"api_key":5})").status, 400U);
    EXPECT_EQ(faults("{").status, 400U);
    EXPECT_EQ(identify().status, 200U);
}

TEST_F(Service, TellsTheAccountsRegion) {
    EXPECT_EQ(json::parse(send(beast_http::verb::get, "/api/v1/accounts/region").body),
              json::parse(R"({"url":"https://track.customer.io","region":"us","environment_id":1})"));
    EXPECT_EQ(send(beast_http::verb::get, "/api/v1/accounts/region", {}, wrong).status, 401U);
}

TEST_F(Service, ARepeatedDedupeIdIsADuplicate) {
    const std::string event = R"({"name":"n","id":"01ARZ3NDEKTSV4RRFFQ69G5FAV"})";
    for (int i = 0; i < 2; ++i) send(beast_http::verb::post, "/api/v1/customers/u/events", event);
    EXPECT_EQ(requests().at(0)["duplicate"], false);
    EXPECT_EQ(requests().at(1)["duplicate"], true);
}

TEST_F(Service, ForgetsItsCallsOnDemand) {
    identify();
    EXPECT_EQ(send(beast_http::verb::delete_, "/requests").status, 200U);
    EXPECT_TRUE(requests().empty());
    EXPECT_EQ(json::parse(send(beast_http::verb::get, "/stats").body)["calls"], 0);
}

TEST_F(Service, CountsWhatCame) {
    identify();
    identify(wrong);
    send(beast_http::verb::put, "/api/v1/customers/u", "{");
    const json stats = json::parse(send(beast_http::verb::get, "/stats").body);
    EXPECT_EQ(stats["calls"], 3);
    EXPECT_EQ(stats["taken"], 1);
    EXPECT_EQ(stats["unauthorized"], 1);
    EXPECT_EQ(stats["refused"], 1);
}

TEST_F(Service, ListsAsFarAsAsked) {
    for (int i = 0; i < 3; ++i) identify();
    EXPECT_EQ(requests("?limit=2").at(0)["seq"], 2);
    EXPECT_EQ(requests("?after=1&limit=1").at(0)["seq"], 2);
    EXPECT_EQ(send(beast_http::verb::get, "/requests?limit=x").status, 400U);
}

TEST_F(Service, RecordsTheTestOfCredentialsAsACall) {
    EXPECT_EQ(send(beast_http::verb::get, "/auth").status, 200U);
    EXPECT_EQ(send(beast_http::verb::get, "/auth", {}, wrong).status, 401U);
    EXPECT_EQ(requests().size(), 2U);
}

TEST_F(Service, WrongRoutesAndMethodsAreJsonErrors) {
    EXPECT_EQ(send(beast_http::verb::get, "/").status, 404U);
    const http::Response answer = send(beast_http::verb::post, "/stats");
    EXPECT_EQ(answer.status, 405U);
    EXPECT_THAT(answer.headers, HasSubstr("Allow: GET\r\n"));
    EXPECT_EQ(send(beast_http::verb::get, "/api/v1/customers/u").status, 405U);
}

class OpenService : public Service {
protected:
    OpenService() : Service(SandboxOptions{}) {}
};

TEST_F(OpenService, TakesAnyCredentialsButNotNone) {
    EXPECT_EQ(identify(right).status, 200U);
    EXPECT_EQ(identify(wrong).status, 200U);
    EXPECT_EQ(identify(nullptr).status, 401U);
}

}  // namespace
}  // namespace pintle::sandbox
