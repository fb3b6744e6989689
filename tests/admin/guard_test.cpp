#include "guard.hpp"

#include <map>

#include <gtest/gtest.h>

namespace pintle::admin {
namespace {

// The status with which a request is denied; 0: it is allowed.
unsigned refused(const std::map<std::string, std::string>& headers, const std::string& token = {},
                 std::string_view target = "/api/status") {
    boost::beast::http::fields fields;
    for (const auto& [name, value] : headers) fields.set(name, value);
    std::string body;
    const http::Request head{boost::beast::http::verb::get, "GET", target, "/api/status", "", fields, body, "10.0.0.1"};
    Access access;
    if (!token.empty()) access.tokens.push_back({"", token, config::AdminRole::operate});
    const auto error = check_browser(head, access);
    return error ? error->status : 0;
}

TEST(Guard, TellsAWrongTokenFromNone) {
    const auto explained = [](const std::map<std::string, std::string>& headers) {
        boost::beast::http::fields fields;
        for (const auto& [name, value] : headers) fields.set(name, value);
        std::string body;
        const http::Request head{boost::beast::http::verb::get, "GET", "/", "/", "", fields, body, "10.0.0.1"};
        return std::string(explain_missing_token(head));
    };
    EXPECT_EQ(explained({}), "a token is required: Authorization: Bearer TOKEN");
    EXPECT_EQ(explained({{"Authorization", "Bearer no"}}), "the token is wrong");
    EXPECT_EQ(explained({{"Authorization", "no"}}), "the Authorization header must be: Authorization: Bearer TOKEN");
}

TEST(Guard, AnswersANameThatNobodyCanPointElsewhere) {
    for (const auto* host : {"localhost:9090", "LOCALHOST", "localhost.", "127.0.0.1:9090", "[::1]:9090", "10.2.3.4"})
        EXPECT_EQ(refused({{"Host", host}}), 0U) << host;
}

TEST(Guard, RefusesAnyOtherNameWithoutAToken) {
    for (const auto* host :
         {"evil.example", "127.0.0.1:9090.evil.example", "localhost.evil.example", "[::1].evil.example:9090",
          "127.0.0.1.nip.io", "127.0.0.1:9090@evil.example", "", "localhost:9090:evil.example"})
        EXPECT_EQ(refused({{"Host", host}}), 403U) << host;
    EXPECT_EQ(refused({}), 403U);
    EXPECT_EQ(refused({{"Host", "evil.example"}}, "token"), 0U) << "the token decides";
}

TEST(Guard, ReadsTheHostOfAnAbsoluteTargetBeforeTheHeader) {
    EXPECT_EQ(refused({{"Host", "127.0.0.1"}}, {}, "http://evil.example/api/status"), 403U);
    EXPECT_EQ(refused({{"Host", "evil.example"}}, {}, "http://127.0.0.1:9090/api/status?a=b"), 0U);
}

TEST(Guard, RefusesAPageOfAnotherSite) {
    const auto from = [](const std::string& origin, const std::string& host = "127.0.0.1:9090") {
        return refused({{"Host", host}, {"Origin", origin}}, "token");
    };
    EXPECT_EQ(from("http://127.0.0.1:9090"), 0U);
    EXPECT_EQ(from("https://pintle.example", "pintle.example"), 0U) << "behind a proxy that speaks TLS";
    EXPECT_EQ(from("https://Pintle.example", "pintle.example:443"), 0U);
    for (const auto* origin :
         {"http://evil.example", "http://127.0.0.1", "http://127.0.0.1:80", "http://127.0.0.1:9091", "null",
          "http://127.0.0.1:9090.evil.example", "http://127.0.0.1:9090@evil.example", "file://", "x"})
        EXPECT_EQ(from(origin), 403U) << origin;
    EXPECT_EQ(from("http://pintle.example:8080", "pintle.example"), 403U);
    EXPECT_EQ(from("http://127.0.0.1:9090.evil.example", "127.0.0.1:9090.evil.example"), 403U);
}

TEST(Guard, RefusesWhatAnotherSitesPageLoadsButNotWhoFollowsALink) {
    const auto loaded = [](const std::string& site, const std::string& mode) {
        return refused({{"Host", "localhost"}, {"Sec-Fetch-Site", site}, {"Sec-Fetch-Mode", mode}});
    };
    EXPECT_EQ(loaded("cross-site", "no-cors"), 403U);
    EXPECT_EQ(loaded("same-site", "no-cors"), 403U) << "another port of this host";
    EXPECT_EQ(loaded("cross-site", "navigate"), 0U);
    EXPECT_EQ(loaded("same-origin", "cors"), 0U);
    EXPECT_EQ(loaded("none", "navigate"), 0U);
}

TEST(Guard, RequiresAuthorizationForTheApiAndTheMetricsOnly) {
    for (const auto* path : {"/api", "/api/status", "/api/dead-letters/replay", "/metrics"})
        EXPECT_TRUE(is_secret(path)) << path;
    for (const auto* path : {"/", "/health", "/ready", "/page.js"}) EXPECT_FALSE(is_secret(path)) << path;
}

TEST(Guard, AcceptsTheWholeTokenAsABearerOnly) {
    const auto accepted = [](const std::string& authorization) -> std::string {
        boost::beast::http::fields fields;
        if (!authorization.empty()) fields.set(boost::beast::http::field::authorization, authorization);
        std::string body;
        const http::Request head{
            boost::beast::http::verb::get, "GET", "/api/status", "/api/status", "", fields, body, "10.0.0.1"};
        const Access access{{{"ada", "secret", config::AdminRole::read}, {"", "other", config::AdminRole::operate}},
                            false};
        const auto* token = find_token(head, access);
        return token == nullptr ? "nobody" : token->name;
    };
    EXPECT_EQ(accepted("Bearer secret"), "ada");
    EXPECT_EQ(accepted("Bearer other"), "");
    for (const auto* wrong :
         {"", "Bearer ", "Bearer secre", "Bearer secret1", "Bearer Secret", "secret", "Basic secret"})
        EXPECT_EQ(accepted(wrong), "nobody") << wrong;
}

}  // namespace
}  // namespace pintle::admin
