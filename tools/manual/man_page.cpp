#include "man_page.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "completion.hpp"
#include "man_sections.hpp"

namespace pintle::manual {
namespace {

// Text as it is: roff takes backslashes for its own, a dash for a hyphen, and lines that begin with . or ' for
// requests.
std::string literal(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool begins = out.empty() || out.back() == '\n';
        if (begins && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out;
}

std::string bold(std::string_view text) {
    return "\\fB" + literal(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return "\\fI" + literal(text) + "\\fR";
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string placeholder(const cli::Argument& positional) {
    return positional.type.empty() || positional.type == "TEXT" ? upper(positional.names.front()) : positional.type;
}

std::string synopsis(const std::string& path, const cli::Command& command) {
    std::string out = bold(path);
    if (!command.options.empty()) out += " [" + italic("OPTION") + "...]";
    for (const auto& positional : command.positionals) {
        auto text = italic(placeholder(positional)) + (positional.repeats ? "..." : "");
        out += positional.required ? " " + text : " [" + text + "]";
    }
    if (!command.commands.empty()) out += " " + italic("COMMAND");
    return out;
}

std::string option_entry(const cli::Argument& option) {
    std::string out = ".TP\n";
    for (const auto& name : option.names) out += (out.ends_with('\n') ? "" : ", ") + bold(name);
    if (option.takes_value) out.append(" ").append(italic(option.type));
    return out + "\n" + literal(explained(option)) + "\n";
}

bool is_help(const cli::Argument& option) {
    return std::ranges::find(option.names, "--help") != option.names.end();
}

std::string section(const std::string& path, const cli::Command& command) {
    std::string out = ".SS " + synopsis(path, command) + "\n" + literal(command.description) + ".\n";
    for (const auto& positional : command.positionals) {
        out += ".TP\n" + italic(placeholder(positional)) + "\n" + literal(explained(positional)) + "\n";
    }
    for (const auto& option : command.options) {
        if (!is_help(option)) out += option_entry(option);
    }
    if (!command.footer.empty()) out += ".PP\n" + literal(command.footer) + "\n";
    return out;
}

}  // namespace

std::string man_page(const cli::Command& root, const std::string& version,
                     const std::vector<config::Variable>& variables) {
    std::string out = ".TH " + upper(root.name) + " 1 \"\" \"" + literal(root.name + ' ' + version) + "\"\n";
    out += ".SH NAME\n" + literal(root.name) + " \\- RudderStack events in, Customer.io out\n";
    out += ".SH SYNOPSIS\n" + bold(root.name) + " " + italic("COMMAND") + " [" + italic("OPTION") + "...]\n";
    out += description_section;
    out += ".SH COMMANDS\nEach takes\n.B \\-\\-help\nas well.\n";
    for_each_command(root, root.name, [&](const std::string& path, const cli::Command& command) {
        if (command.commands.empty()) out += section(path, command);
    });
    out += environment_section;
    for (const auto& variable : variables) {
        out += ".TP\n" + bold(variable.name) + "\n" + literal(variable.text) + "\n";
    }
    return out.append(further_sections);
}

}  // namespace pintle::manual
