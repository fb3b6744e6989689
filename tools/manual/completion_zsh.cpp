#include <algorithm>

#include "completion.hpp"

namespace pintle::manual {
namespace {

// With a backslash before each of `special`.
std::string escaped(const std::string& text, std::string_view special) {
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string function_of(const std::string& path) {
    std::string name = "_" + path;
    std::ranges::replace_if(name, [](char c) { return c == ' ' || c == '-'; }, '_');
    return name;
}

// `:message:action`
std::string value_of(const cli::Argument& argument) {
    std::string out = ":" + escaped(argument.type, ":\\") + ":";
    switch (argument.values) {
        case cli::Values::file: return out + "_files";
        case cli::Values::directory: return out + "_files -/";
        case cli::Values::words: break;
        case cli::Values::any: return out + " ";
    }
    out += "(";
    for (const auto& word : argument.words) out += (out.ends_with('(') ? "" : " ") + word;
    return out + ")";
}

std::string option_lines(const cli::Argument& option) {
    std::string others;  // which are not offered any more once this is there
    if (option.repeats) {
        others = "*";
    } else if (option.names.size() > 1) {
        for (const auto& name : option.names) others += (others.empty() ? "(" : " ") + name;
        others += ")";
    }
    std::string out;
    for (const auto& name : option.names) {
        std::string spec = others + name;
        if (option.takes_value) spec += name.starts_with("--") ? "=" : "+";
        spec.append("[").append(escaped(option.description, "[]\\")).append("]");
        if (option.takes_value) spec += value_of(option);
        out += " \\\n        " + in_single_quotes(spec);
    }
    return out;
}

std::string commands_of(const std::string& path, const cli::Command& command) {
    std::string names;
    std::string calls;
    for (const auto& sub : command.commands) {
        names += "            " + in_single_quotes(escaped(sub.name, ":") + ":" + sub.description) + "\n";
        calls += "        " + sub.name + ") " + function_of(path + ' ' + sub.name) + " ;;\n";
    }
    return "    case $state in\n    command)\n        local -a commands\n        commands=(\n" + names +
           "        )\n        _describe command commands\n        ;;\n    rest)\n        case $line[1] in\n" + calls +
           "        esac\n        ;;\n    esac\n";
}

std::string function(const std::string& path, const cli::Command& command) {
    std::string out = function_of(path) +
                      "() {\n    local context state state_descr line\n"
                      "    typeset -A opt_args\n    _arguments -C";
    for (const auto& option : command.options) out += option_lines(option);
    if (!command.commands.empty())
        return out + " \\\n        '1: :->command' \\\n        '*:: :->rest'\n" + commands_of(path, command) + "}\n\n";
    std::size_t place = 1;
    for (const auto& positional : command.positionals) {
        const auto at = positional.repeats ? "*" : std::to_string(place++);
        out += " \\\n        " + in_single_quotes(at + value_of(positional));
    }
    return out + "\n}\n\n";
}

}  // namespace

std::string zsh_completion(const cli::Command& root) {
    std::string out = "#compdef " + root.name + "\n# " + root.name + "'s completions for zsh, made by `" + root.name +
                      " completion zsh`.\n\n";
    for_each_command(root, root.name,
                     [&](const std::string& path, const cli::Command& command) { out += function(path, command); });
    const auto name = "_" + root.name;
    // Loaded from a folder of $fpath it is the function's own body; else it was sourced.
    return out + "if [[ ${funcstack[1]} == " + name + " ]]; then\n    " + name + " \"$@\"\nelse\n    compdef " + name +
           ' ' + root.name + "\nfi\n";
}

}  // namespace pintle::manual
