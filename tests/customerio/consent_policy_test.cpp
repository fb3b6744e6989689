#include "pintle/customerio/consent_policy.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "pintle/json/event.hpp"

namespace pintle::customerio {
namespace {

constexpr auto one_trust = ConsentProvider::one_trust;
constexpr auto ketch = ConsentProvider::ketch;
constexpr auto iubenda = ConsentProvider::iubenda;
constexpr auto custom = ConsentProvider::custom;
constexpr auto all = ConsentStrategy::all;
constexpr auto any = ConsentStrategy::any;

// `members` are those of the event's consentManagement.
bool is_denied(std::vector<ConsentRule> rules, const std::string& members) {
    json::Event event;
    EXPECT_TRUE(event.parse(R"({"consentManagement":{)" + members + "}}")) << members;
    return ConsentPolicy(std::move(rules)).is_denied(event["consentManagement"]);
}

std::string denied(const std::string& ids, const std::string& more = "") {
    return R"("deniedConsentIds":)" + ids + more;
}

const std::string by_one_trust = R"(,"provider":"oneTrust")";
const std::string by_ketch = R"(,"provider":"ketch")";
const std::string by_iubenda = R"(,"provider":"iubenda")";
const std::string by_custom = R"(,"provider":"custom")";
const std::string with_and = R"(,"resolutionStrategy":"and")";
const std::string with_or = R"(,"resolutionStrategy":"or")";

TEST(ConsentPolicy, TheEntryOfTheEventsProviderCounts) {
    const std::vector<ConsentRule> rules{
        {one_trust, {"o"}, all}, {ketch, {"k"}, any}, {iubenda, {"i"}, all}, {custom, {"c"}, all}};
    EXPECT_TRUE(is_denied(rules, denied(R"(["o"])", by_one_trust)));
    EXPECT_TRUE(is_denied(rules, denied(R"(["k"])", by_ketch)));
    EXPECT_TRUE(is_denied(rules, denied(R"(["i"])", by_iubenda)));
    EXPECT_TRUE(is_denied(rules, denied(R"(["c"])", by_custom)));
    EXPECT_FALSE(is_denied(rules, denied(R"(["k","i","c"])", by_one_trust)));
    EXPECT_FALSE(is_denied(rules, denied(R"(["o","i","c"])", by_ketch)));
    EXPECT_FALSE(is_denied(rules, denied(R"(["o","k","c"])", by_iubenda)));
    EXPECT_FALSE(is_denied(rules, denied(R"(["o","k","i"])", by_custom)));
    EXPECT_TRUE(is_denied(rules, denied(R"(["o"])", R"(,"provider":"ONETRUST")"))) << "in any case";
}

TEST(ConsentPolicy, AnEventWithoutAProviderIsCheckedAgainstOneTrustAndKetch) {
    const std::vector<ConsentRule> rules{
        {one_trust, {"o"}, all}, {ketch, {"k"}, any}, {iubenda, {"i"}, all}, {custom, {"c"}, all}};
    for (const char* provider : {"", R"(,"provider":null)", R"(,"provider":"")", R"(,"provider":7)"}) {
        EXPECT_TRUE(is_denied(rules, denied(R"(["o"])", provider))) << provider;
        EXPECT_TRUE(is_denied(rules, denied(R"(["k"])", provider))) << provider;
        EXPECT_FALSE(is_denied(rules, denied(R"(["i","c"])", provider))) << provider;
    }
}

TEST(ConsentPolicy, AnEventOfAProviderWithoutAnEntryGoesOn) {
    const std::vector<ConsentRule> rules{{one_trust, {"a"}, all}, {ketch, {"a"}, any}};
    EXPECT_FALSE(is_denied(rules, denied(R"(["a"])", by_iubenda)));
    EXPECT_FALSE(is_denied(rules, denied(R"(["a"])", by_custom)));
    EXPECT_FALSE(is_denied(rules, denied(R"(["a"])", R"(,"provider":"cookiebot")")));
    EXPECT_FALSE(is_denied({}, denied(R"(["a"])", by_one_trust)));
}

TEST(ConsentPolicy, AnEventThatDeniesNothingGoesOn) {
    const std::vector<ConsentRule> rules{{one_trust, {"a"}, all}};
    for (const char* ids : {"[]", "null", R"("a")", R"({"a":true})", R"([["a"]])", "[1,null]"}) {
        EXPECT_FALSE(is_denied(rules, denied(ids))) << ids;
    }
    EXPECT_FALSE(is_denied(rules, R"("allowedConsentIds":["a"])"));
    EXPECT_FALSE(is_denied(rules, denied(R"(["A","b"])"))) << "a category is compared exactly";
    EXPECT_FALSE(ConsentPolicy(rules).is_denied({})) << "no consentManagement";
}

TEST(ConsentPolicy, AndDropsForOneDeniedCategoryAndOrOnlyForAll) {
    const std::vector<std::string> categories{"a", "b"};
    for (const auto provider : {one_trust, ketch}) {
        EXPECT_TRUE(is_denied({{provider, categories, all}}, denied(R"(["b","x"])")));
        EXPECT_FALSE(is_denied({{provider, categories, any}}, denied(R"(["b","x"])")));
        EXPECT_TRUE(is_denied({{provider, categories, any}}, denied(R"(["b","x","a"])")));
        EXPECT_FALSE(is_denied({{provider, categories, all}}, denied(R"(["x"])")));
    }
}

TEST(ConsentPolicy, TheStrategyOfTheEventComesFirst) {
    const std::vector<std::string> categories{"a", "b"};
    const auto one_of_two = [](const std::string& more) { return denied(R"(["a"])", more); };
    EXPECT_FALSE(is_denied({{one_trust, categories, all}}, one_of_two(by_one_trust + with_or)));
    EXPECT_FALSE(is_denied({{iubenda, categories, all}}, one_of_two(by_iubenda + with_or)));
    EXPECT_TRUE(is_denied({{ketch, categories, any}}, one_of_two(by_ketch + with_and)));
    EXPECT_TRUE(is_denied({{ketch, categories, any}}, one_of_two(with_and))) << "without a provider too";
    EXPECT_FALSE(is_denied({{one_trust, categories, all}}, one_of_two(by_one_trust + R"(,"resolutionStrategy":"OR")")));
    EXPECT_TRUE(is_denied({{one_trust, categories, any}}, denied(R"(["b","a"])", by_one_trust + with_or)));
}

TEST(ConsentPolicy, TheEntrysOwnStrategyCountsForCustomAndWhereTheEventHasNone) {
    const std::vector<std::string> categories{"a", "b"};
    EXPECT_TRUE(is_denied({{custom, categories, all}}, denied(R"(["a"])", by_custom + with_or)));
    EXPECT_FALSE(is_denied({{custom, categories, any}}, denied(R"(["a"])", by_custom + with_and)));
    for (const char* none : {"", R"(,"resolutionStrategy":null)", R"(,"resolutionStrategy":"")",
                             R"(,"resolutionStrategy":["or"])", R"(,"resolutionStrategy":"xor")"}) {
        EXPECT_TRUE(is_denied({{one_trust, categories, all}}, denied(R"(["a"])", by_one_trust + none))) << none;
        EXPECT_FALSE(is_denied({{one_trust, categories, any}}, denied(R"(["a"])", by_one_trust + none))) << none;
    }
}

TEST(ConsentPolicy, OrIsTheDefaultOfKetchAndAndThatOfTheOthers) {
    EXPECT_EQ(default_strategy(ketch), any);
    for (const auto provider : {one_trust, iubenda, custom}) EXPECT_EQ(default_strategy(provider), all);
}

TEST(ConsentPolicy, ARuleWithoutCategoriesDeniesNothing) {
    EXPECT_FALSE(is_denied({{one_trust, {}, any}, {ketch, {}, all}}, denied(R"(["a"])")));
}

}  // namespace
}  // namespace pintle::customerio
