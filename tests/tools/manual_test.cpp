#include <gmock/gmock.h>
#include <CLI/CLI.hpp>

#include "completion.hpp"
#include "man_page.hpp"
#include "pintle/cli/app.hpp"
#include "pintle/cli/command_description.hpp"

namespace pintle::manual {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Manual : public testing::Test {
protected:
    Manual() {
        auto* send = app.add_subcommand("send", "Send a user's [file]");
        send->add_option("file", file)->type_name("FILE")->required();
        send->add_option("--region", region, "Where")->type_name("us|eu")->check(CLI::IsMember({"us", "eu"}));
        send->add_option("--config,settings", file, "A file")->type_name("FILE")->envname("CONFIG");
        send->add_option("--rate", rate, "How fast")->type_name("HOST:PORT")->check(CLI::PositiveNumber);
        send->add_flag("-q,--quiet", quiet, "No \\ words");
        auto* letters = app.add_subcommand("letters", "Of the dead");
        letters->add_subcommand("list", "A line each");
        app.add_subcommand("secret", "Not for you")->group("");
    }

    CLI::App app{"What it does", "tool"};
    std::string file;
    std::string region;
    double rate = 0;
    bool quiet = false;
};

TEST_F(Manual, KnowsWhatCLI11Knows) {
    const auto root = cli::describe(app);
    ASSERT_EQ(root.commands.size(), 2);
    const auto& send = root.commands[0];
    ASSERT_EQ(send.options.size(), 5);  // with --help
    EXPECT_EQ(send.options[1].type, "us|eu");
    EXPECT_THAT(send.options[1].words, ElementsAre("us", "eu"));
    EXPECT_EQ(send.options[2].values, cli::Values::file);
    EXPECT_EQ(send.options[2].variable, "CONFIG");
    EXPECT_EQ(send.options[3].type, "HOST:PORT");
    EXPECT_THAT(send.options[4].names, ElementsAre("-q", "--quiet"));
    EXPECT_FALSE(send.options[4].takes_value);
    ASSERT_EQ(send.positionals.size(), 2);
    EXPECT_THAT(send.positionals[1].names, ElementsAre("settings"));
    EXPECT_EQ(root.commands[1].commands[0].name, "list");
}

TEST_F(Manual, HelpShowsWhatAnOptionTakesInWordsForPeople) {
    CLI::App helped{"What it does", "tool"};
    cli::set_help(helped);
    auto* send = helped.add_subcommand("send", "Send");
    send->add_option("--region", region, "Where")->check(CLI::IsMember({"us", "eu"}));
    send->add_option("--rate", rate, "How fast")
        ->type_name("NUMBER")
        ->check(CLI::PositiveNumber)
        ->capture_default_str()
        ->envname("RATE");
    const auto help = send->help();
    EXPECT_THAT(help, HasSubstr("--region us|eu "));
    EXPECT_THAT(help, HasSubstr("--rate NUMBER "));
    EXPECT_THAT(help, HasSubstr("How fast (default: 0) (in the environment: RATE)"));
}

TEST_F(Manual, NoScriptTellsWhatIsHidden) {
    const auto root = cli::describe(app);
    for (const auto& script : {bash_completion(root), zsh_completion(root), fish_completion(root)}) {
        EXPECT_THAT(script, HasSubstr("letters"));
        EXPECT_THAT(script, Not(HasSubstr("secret")));
    }
}

TEST_F(Manual, DescriptionsAreQuotedAsEachShellWantsIt) {
    const auto root = cli::describe(app);
    EXPECT_THAT(zsh_completion(root), HasSubstr(R"('send:Send a user'\''s [file]')"));
    EXPECT_THAT(zsh_completion(root), HasSubstr(R"('(-q --quiet)--quiet[No \\ words]')"));
    EXPECT_THAT(zsh_completion(root), HasSubstr(R"('--rate=[How fast]:HOST\:PORT: ')"));
    EXPECT_THAT(fish_completion(root), HasSubstr(R"(-d 'Send a user\'s [file]')"));
    EXPECT_THAT(fish_completion(root), HasSubstr(R"(-l region -r -a 'us eu')"));
}

TEST_F(Manual, ThePageHasEachCommandAndVariable) {
    const auto page = man_page(cli::describe(app), "1.2", {{"TOOL_KEY", "the key"}});
    EXPECT_THAT(page, HasSubstr(".TH TOOL 1"));
    EXPECT_THAT(page, HasSubstr(".SS \\fBtool letters list\\fR"));
    EXPECT_THAT(page, HasSubstr("\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\nNo \\e words"));
    EXPECT_THAT(page, HasSubstr("\\fB\\-\\-config\\fR \\fIFILE\\fR\nA file (in the environment: CONFIG)"));
    EXPECT_THAT(page, HasSubstr("\\fBTOOL_KEY\\fR\nthe key"));
    EXPECT_THAT(page, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace pintle::manual
