#include <functional>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <CLI/CLI.hpp>

#include "pintle/cli/app.hpp"
#include "pintle/cli/command_description.hpp"

namespace pintle::cli {
namespace {

// The arguments of an example, without variables before the command and redirections.
std::vector<std::string> arguments_of(const std::string& line) {
    std::vector<std::string> arguments(1);
    char quote = 0;
    for (const char c : line) {
        if (c == quote) {
            quote = 0;
        } else if (quote == 0 && c == '\'') {
            quote = c;
        } else if (quote == 0 && c == ' ') {
            arguments.emplace_back();
        } else {
            arguments.back() += c;
        }
    }
    std::erase_if(arguments, [](const auto& text) { return text.starts_with('<') || text.starts_with('>'); });
    while (!arguments.empty() && arguments.front() != "pintle") arguments.erase(arguments.begin());
    return arguments;
}

void for_each_leaf(const Command& command, const std::string& path,
                   const std::function<void(const std::string&, const Command&)>& visit) {
    if (command.commands.empty()) visit(path, command);
    for (const auto& sub : command.commands) for_each_leaf(sub, path + " " + sub.name, visit);
}

std::vector<std::string> examples_in(const std::string& footer) {
    std::vector<std::string> lines;
    std::istringstream text(footer);
    bool found = false;
    for (std::string line; std::getline(text, line);) {
        if (found) lines.push_back(line.substr(line.find_first_not_of(' ')));
        found = found || line == "Examples:";
    }
    return lines;
}

std::string problem_with(const std::string& line) {
    CLI::App app("", "pintle");
    Chosen chosen;
    add_commands(app, chosen);
    auto arguments = arguments_of(line);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    try {
        app.parse(static_cast<int>(argv.size()), argv.data());
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
    return chosen ? "" : "no command was chosen";
}

TEST(Examples, OfEachCommandAreCommandLinesThatItAccepts) {
    CLI::App app("", "pintle");
    Chosen chosen;
    add_commands(app, chosen);
    for_each_leaf(describe(app), "pintle", [](const std::string& path, const Command& command) {
        const auto lines = examples_in(command.footer);
        EXPECT_EQ(lines.empty(), path == "pintle version") << path;
        for (const auto& line : lines) {
            EXPECT_THAT(line, testing::HasSubstr(path)) << "an example of another command";
            EXPECT_EQ(problem_with(line), "") << line;
        }
    });
}

TEST(Examples, WithAMistakeAreNotAccepted) {
    EXPECT_NE(problem_with("pintle status --jsn"), "");
    EXPECT_NE(problem_with("pintle"), "");
}

}  // namespace
}  // namespace pintle::cli
