#pragma once

#include <string>

#include "pintle/cli/command_description.hpp"

// Scripts that complete a command line, in the language of each shell.
namespace pintle::manual {

std::string bash_completion(const cli::Command& root);
std::string zsh_completion(const cli::Command& root);
std::string fish_completion(const cli::Command& root);

// 'text', for any of the shells.
std::string in_single_quotes(const std::string& text);

// `root` and all below it, each with the words by which it is called.
template <class Visit>
void for_each_command(const cli::Command& command, const std::string& path, const Visit& visit) {
    visit(path, command);
    for (const auto& sub : command.commands) for_each_command(sub, path + ' ' + sub.name, visit);
}

}  // namespace pintle::manual
