#include "pintle/config/json.hpp"

#include <nlohmann/json.hpp>

#include "config_fixture.hpp"

namespace pintle::config {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string whole =
    "listen: \"[::1]:81\"\n"
    "ingest: {max_body: 1048577, max_event: 32KB, idle_timeout: 1500ms, drain_timeout: 0, dedupe_window: 90m,\n"
    "          cors_origins: [https://a.example]}\n"
    "admin: {token: secret-token, redact: true}\n"
    "sources:\n"
    "  - {name: web, write_key: [secret-old, secret-new]}\n"
    "  - {name: app, write_key: secret-app}\n"
    "destinations:\n"
    "  - {site_id: s, api_key: secret-api, base_url: \"https://cio.example:8443/x\", rate: 0.1, created_at: omit,\n"
    "     semantic_events: [Device Deleted, User Deleted],\n"
    "     events: {include: [{type: track, name: \"Order *\"}]}, consent: [{provider: oneTrust, categories: [C1]}, "
    "{provider: ketch, categories: [ads]}]}\n"
    "log: {format: json}\n";

TEST_F(ConfigTest, IsShownAsItStandsInTheFile) {
    const Json json = config_json(load(whole).config);
    EXPECT_EQ(json["listen"], "[::1]:81");
    EXPECT_EQ(json["ingest"]["max_body"], "1048577");
    EXPECT_EQ(json["ingest"]["max_event"], "32KB");
    EXPECT_EQ(json["ingest"]["idle_timeout"], "1500ms");
    EXPECT_EQ(json["ingest"]["drain_timeout"], "0");
    EXPECT_EQ(json["ingest"]["dedupe_window"], "90m");
    EXPECT_EQ(json["ingest"]["threads"], 0);
    EXPECT_EQ(json["ingest"]["cors_origins"], Json({"https://a.example"}));
    EXPECT_EQ(json["ingest"]["tls"], Json({{"certificate", ""}, {"key", ""}}));
    EXPECT_EQ(json["admin"]["redact"], true);
    EXPECT_EQ(json["sources"][1]["destination"], "customerio");
    EXPECT_EQ(json["destinations"][0]["base_url"], "https://cio.example:8443/x");
    EXPECT_EQ(json["destinations"][0]["rate"], 0.1);
    EXPECT_EQ(json["destinations"][0]["created_at"], "omit");
    EXPECT_EQ(json["destinations"][0]["semantic_events"], Json({"User Deleted", "Device Deleted"}));
    EXPECT_EQ(json["destinations"][0]["retry"]["max_age"], "24h");
    EXPECT_EQ(json["destinations"][0]["consent_categories"], Json::array());
    EXPECT_EQ(json["destinations"][0]["events"],
              Json({{"include", {{{"type", "track"}, {"name", "Order *"}}}}, {"exclude", Json::array()}}));
    EXPECT_EQ(json["destinations"][0]["consent"],
              Json({{{"provider", "oneTrust"}, {"categories", {"C1"}}, {"strategy", "and"}},
                    {{"provider", "ketch"}, {"categories", {"ads"}}, {"strategy", "or"}}}));
    EXPECT_EQ(json["log"], Json({{"level", "info"}, {"format", "json"}, {"events", "off"}}));
}

TEST_F(ConfigTest, ShowsNoSecrets) {
    const Json json = config_json(load(whole).config);
    EXPECT_THAT(json.dump(), Not(HasSubstr("secret")));
    EXPECT_EQ(json["admin"]["token"], "***");
    EXPECT_EQ(json["sources"][0]["write_key"], Json({"***", "***"}));
    EXPECT_EQ(json["sources"][1]["write_key"], "***");
    EXPECT_EQ(json["destinations"][0]["api_key"], "***");
    EXPECT_EQ(json["destinations"][0]["site_id"], "s");
}

TEST_F(ConfigTest, ShowsSemanticEventsAsTheyMayBeWritten) {
    const auto shown = [this](const std::string& yaml) {
        const Json json =
            config_json(load("destinations: [{site_id: s, api_key: k, semantic_events: " + yaml + "}]\n").config);
        return json["destinations"][0]["semantic_events"];
    };
    EXPECT_EQ(shown("[]"), Json::array());
    EXPECT_EQ(shown("all"), "all");
    EXPECT_EQ(shown("[User Deleted, all]"), "all");
    EXPECT_EQ(shown("User Deleted"), "User Deleted");
}

TEST_F(ConfigTest, ShowsThatASecretIsNotSet) {
    const Json json =
        config_json(load("sources: [{insecure_no_auth: true}]\ndestinations: [{site_id: s, api_key: k}]\n").config);
    EXPECT_EQ(json["admin"]["token"], "");
    EXPECT_EQ(json["sources"][0]["write_key"], "");
}

// JSON is YAML: what is shown, read again, is the same configuration.
TEST_F(ConfigTest, WhatIsShownReadsAsTheSame) {
    const auto first = load(whole);
    ASSERT_THAT(texts(first.problems), IsEmpty());
    Json json = config_json(first.config);
    json["admin"]["token"] = "secret-token";
    json["sources"][0]["write_key"] = {"secret-old", "secret-new"};
    json["sources"][1]["write_key"] = "secret-app";
    json["destinations"][0]["api_key"] = "secret-api";
    const auto again = load(json.dump());
    EXPECT_THAT(texts(again.problems), IsEmpty());
    EXPECT_EQ(facts_of(again.config), facts_of(first.config));
}

}  // namespace
}  // namespace pintle::config
