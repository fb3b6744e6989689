#include "completion.hpp"

namespace pintle::manual {
namespace {

// In fish a backslash counts between single quotes too.
std::string in_quotes(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string value_of(const cli::Argument& argument) {
    switch (argument.values) {
        case cli::Values::file: return " -F";
        case cli::Values::directory: return " -a '(__fish_complete_directories)'";
        case cli::Values::any: return "";
        case cli::Values::words: break;
    }
    std::string words;
    for (const auto& word : argument.words) words += (words.empty() ? "" : " ") + word;
    return " -a " + in_quotes(words);
}

std::string option_line(const std::string& before, const cli::Argument& option) {
    std::string out = before;
    for (const auto& name : option.names) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (option.takes_value) out += " -r" + value_of(option);
    return out + " -d " + in_quotes(option.description) + "\n";
}

std::string lines(const std::string& root, const std::string& path, const cli::Command& command) {
    const auto before = "complete -c " + root + " -n 'test (__" + root + "_command) = \"" + path + "\"'";
    std::string out;
    for (const auto& sub : command.commands)
        out += before + " -a " + sub.name + " -d " + in_quotes(sub.description) + "\n";
    for (const auto& option : command.options) out += option_line(before, option);
    for (const auto& positional : command.positionals) {
        if (const auto value = value_of(positional); !value.empty()) out += before + value + "\n";
    }
    return out;
}

}  // namespace

std::string fish_completion(const cli::Command& root) {
    std::string out = "# " + root.name + "'s completions for fish, made by `" + root.name + " completion fish`.\n\n";
    out += "function __" + root.name + "_command -d 'The commands so far'\n    set -l command " + root.name +
           "\n    for word in (commandline -opc)\n        switch \"$command $word\"\n            case";
    for_each_command(root, root.name, [&](const std::string& path, const cli::Command&) {
        if (path != root.name) out += ' ' + in_quotes(path);
    });
    out += "\n                set command \"$command $word\"\n        end\n    end\n    echo $command\nend\n\n";
    out += "complete -c " + root.name + " -f\n";
    for_each_command(root, root.name, [&](const std::string& path, const cli::Command& command) {
        out += lines(root.name, path, command);
    });
    return out;
}

}  // namespace pintle::manual
