#include "pintle/config/locate.hpp"

#include "config_fixture.hpp"

namespace pintle::config {
namespace {

using testing::IsEmpty;
using testing::Not;

constexpr auto* listens = "admin: {listen: 127.0.0.1:91}\n";

class Locating : public ConfigTest {
protected:
    Located locate(const std::string& yaml, const Variables& variables = {}) {
        return locate_daemon(write("pintle.yaml", yaml), environment_of(variables));
    }

    // The admin listener's address; empty where it is not known.
    std::string address(const std::string& yaml, const Variables& variables = {}) {
        const auto loaded = locate(yaml, variables);
        return loaded.knows_admin_address ? loaded.config.admin_listen.text() : "";
    }
};

TEST_F(Locating, KnowsTheAddressBesideOtherProblems) {
    EXPECT_EQ(address(minimal), "127.0.0.1:9090");
    for (const std::string problem : {"bogus: 1\n", "listen: nowhere\n", "telemetry: {otlp: {headers: [x]}}\n"}) {
        EXPECT_THAT(problems(listens + minimal + problem, Purpose::locate), Not(IsEmpty())) << problem;
        EXPECT_EQ(address(listens + minimal + problem), "127.0.0.1:91") << problem;
    }
    EXPECT_EQ(address("destinations: 1\n"), "127.0.0.1:9090");
}

TEST_F(Locating, DoesNotKnowAnAddressThatIsWrong) {
    EXPECT_EQ(address("admin: {listen: nowhere}\n" + minimal), "");
    EXPECT_EQ(address("admin: {listen: \"${HOST}:1\"}\n" + minimal), "");
    EXPECT_EQ(address(std::string(listens) + listens + minimal), "") << "one of the two";
    EXPECT_EQ(address("- a list\n"), "");
}

TEST_F(Locating, KnowsTheAddressInTextThatIsNotYaml) {
    const std::string broken = "ingest:\n  max_body: 1MB\n   max_event: 1KB\n";
    EXPECT_EQ(address(listens + broken), "127.0.0.1:91");
    EXPECT_EQ(address(broken + "admin:\n  # where\n\n  listen: 127.0.0.1:91\n  token: t\nlog: {level: info}\n"),
              "127.0.0.1:91");
    EXPECT_EQ(address("# no admin: section\n" + broken), "127.0.0.1:9090") << "the default";
    EXPECT_EQ(locate(broken + "admin: {token: t}\n").config.admin_token, "t");
}

TEST_F(Locating, DoesNotGuessAnAddressInTextThatIsNotYaml) {
    const std::string broken = "a: [\n";
    EXPECT_EQ(address("admin: [\n"), "");
    EXPECT_EQ(address("\"admin\": {listen: 127.0.0.1:91}\n" + broken), "");
    EXPECT_EQ(address("{\"admin\": {\"listen\": \"127.0.0.1:91\"}, \"log\": {}\n"), "");
    EXPECT_EQ(address(std::string(listens) + listens + broken), "");
    EXPECT_EQ(address("admin:\n- x\n" + broken), "");
}

TEST_F(Locating, TakesTheAddressOfAVariableBesideAFileThatCannotBeRead) {
    const auto loaded = locate_daemon("/dev/null/x", environment_of({{"PINTLE_ADMIN_LISTEN", "127.0.0.1:91"}}));
    EXPECT_TRUE(loaded.knows_admin_address);
    EXPECT_EQ(loaded.config.admin_listen.text(), "127.0.0.1:91");
    EXPECT_THAT(loaded.problems, Not(IsEmpty()));
    EXPECT_FALSE(locate_daemon("/dev/null/x", environment_of({})).knows_admin_address);
    EXPECT_FALSE(locate_daemon("", environment_of({{"PINTLE_ADMIN_LISTEN", "nowhere"}})).knows_admin_address);
}

TEST_F(Locating, KnowsTheJournalsDirectoryOnlyFromAWholeFile) {
    const auto knows = [&](const std::string& yaml) { return locate(yaml).knows_journal_directory; };
    EXPECT_TRUE(knows("journal: {directory: /j}\nbogus: 1\n" + minimal));
    EXPECT_FALSE(knows("journal: {directory: [a]}\n" + minimal));
    EXPECT_FALSE(knows("journal: {directory: /j}\n" + std::string(listens) + "a: [\n"));
}

}  // namespace
}  // namespace pintle::config
