#include "config_fixture.hpp"
#include "pintle/customerio/consent_policy.hpp"
#include "pintle/json/event.hpp"

namespace pintle::config {
namespace {

using testing::IsEmpty;

class ConfiguredConsent : public ConfigTest {
protected:
    // Whether a destination with the lines of `yaml` drops an event with this consentManagement.
    bool drops(const std::string& yaml, const std::string& consent_management) {
        const auto loaded = load(minimal + yaml);
        EXPECT_THAT(texts(loaded.problems), IsEmpty());
        json::Event event;
        EXPECT_TRUE(event.parse(consent_management)) << consent_management;
        return loaded.config.destinations.at(0).consent_policy().is_denied(event.root());
    }
};

TEST_F(ConfiguredConsent, IsNotNeededByDefault) {
    EXPECT_FALSE(drops("", R"({"deniedConsentIds":["a","b"]})"));
}

TEST_F(ConfiguredConsent, OfTheOlderFormIsOneTrustsWithTheStrategyAnd) {
    const std::string older = "    consent_categories: [a, b]\n";
    EXPECT_TRUE(drops(older, R"({"deniedConsentIds":["a"]})"));
    EXPECT_TRUE(drops(older, R"({"deniedConsentIds":["a"],"provider":"oneTrust"})"));
    EXPECT_FALSE(drops(older, R"({"deniedConsentIds":["a","b"],"provider":"ketch"})"));
    EXPECT_FALSE(drops(older, R"({"deniedConsentIds":["a"],"resolutionStrategy":"or"})"));
}

TEST_F(ConfiguredConsent, HasTheDefaultStrategyOfItsProvider) {
    const auto entry = [](const std::string& provider, const std::string& more) {
        return "    consent: [{provider: " + provider + ", categories: [a, b]" + more + "}]\n";
    };
    const auto one_of_two = [](const std::string& provider) {
        return R"({"deniedConsentIds":["a"],"provider":")" + provider + "\"}";
    };
    for (const std::string provider : {"oneTrust", "iubenda", "custom"}) {
        EXPECT_TRUE(drops(entry(provider, ""), one_of_two(provider))) << provider;
        EXPECT_FALSE(drops(entry(provider, ", strategy: or"), one_of_two(provider))) << provider;
    }
    EXPECT_FALSE(drops(entry("ketch", ""), one_of_two("ketch")));
    EXPECT_TRUE(drops(entry("ketch", ", strategy: and"), one_of_two("ketch")));
}

}  // namespace
}  // namespace pintle::config
