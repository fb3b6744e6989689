#include "pintle/cli/command_description.hpp"

#include <algorithm>
#include <string_view>

namespace pintle::cli {
namespace {

// The words of a check that CLI11 describes as `:{us,eu}`; empty where no check has words.
std::vector<std::string> words_in(std::string_view checks) {
    std::vector<std::string> words;
    const auto open = checks.find(":{");
    const auto close = checks.find('}', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return words;
    const auto list = checks.substr(open + 2, close - open - 2);
    for (std::size_t begin = 0; begin <= list.size();) {
        const auto end = std::min(list.find(',', begin), list.size());
        words.emplace_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

// CLI11 gives an option's type and checks only as one text, `HOST:PORT:CHECK:CHECK`. The text of an option without a
// type is that of its checks.
void read_value(CLI::Option& option, Argument& argument) {
    const auto type_and_checks = option.get_type_name();
    option.type_name("");
    const auto checks = option.get_type_name();
    argument.type = type_and_checks.substr(0, type_and_checks.size() - checks.size());
    option.type_name(argument.type);
    argument.words = words_in(checks);
    if (argument.words.empty()) return;
    argument.type.clear();
    for (const auto& word : argument.words) argument.type.append(argument.type.empty() ? "" : "|").append(word);
}

Values values_of(const Argument& argument) {
    if (!argument.words.empty()) return Values::words;
    if (argument.type == "FILE") return Values::file;
    if (argument.type == "DIR") return Values::directory;
    return Values::any;
}

}  // namespace

Argument describe(CLI::Option& option) {
    Argument argument;
    argument.positional = option.get_positional();
    if (argument.positional && option.get_lnames().empty()) {
        argument.names.push_back(option.get_name(true, false));
    } else {
        for (const auto& name : option.get_snames()) argument.names.push_back("-" + name);
        for (const auto& name : option.get_lnames()) argument.names.push_back("--" + name);
    }
    argument.takes_value = option.get_items_expected_max() > 0;
    argument.repeats = option.get_items_expected_max() > 1;
    argument.required = option.get_required();
    argument.description = option.get_description();
    argument.default_value = option.get_default_str();
    argument.variable = option.get_envname();
    if (!argument.takes_value) return argument;
    read_value(option, argument);
    argument.values = values_of(argument);
    return argument;
}

std::string explained(const Argument& argument) {
    std::string out = argument.description;
    if (!argument.default_value.empty()) out.append(" (default: ").append(argument.default_value).append(")");
    if (!argument.variable.empty()) out.append(" (in the environment: ").append(argument.variable).append(")");
    return out;
}

Command describe(CLI::App& app) {
    Command command{app.get_name(), app.get_description(), app.get_footer(), {}, {}, {}};
    for (auto* option : app.get_options({})) {
        if (option->get_group().empty()) continue;
        auto argument = describe(*option);
        const bool has_name = !option->get_lnames().empty() || !option->get_snames().empty();
        if (argument.positional && has_name) {  // --config FILE, or FILE alone
            auto alone = argument;
            alone.names = {option->get_name(true, false)};
            command.positionals.push_back(std::move(alone));
            argument.positional = false;
        }
        (argument.positional ? command.positionals : command.options).push_back(std::move(argument));
    }
    for (auto* sub : app.get_subcommands({})) {
        if (!sub->get_group().empty()) command.commands.push_back(describe(*sub));
    }
    return command;
}

}  // namespace pintle::cli
