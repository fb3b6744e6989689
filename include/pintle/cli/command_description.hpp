#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace pintle::cli {

// The kind of a value, for completion.
enum class Values : std::uint8_t { any, file, directory, words };

struct Argument {
    std::vector<std::string> names;  // --json, -h; for a positional its name
    bool positional = false;
    bool takes_value = false;
    bool repeats = false;
    bool required = false;
    std::string type;  // FILE, HOST:PORT: the name of the value
    Values values = Values::any;
    std::vector<std::string> words;  // the allowed values
    std::string description;
    std::string default_value;
    std::string variable;  // the environment variable that also sets it
};

// A command with its visible options, arguments and subcommands.
struct Command {
    std::string name;
    std::string description;
    std::string footer;
    std::vector<Argument> options;
    std::vector<Argument> positionals;
    std::vector<Command> commands;
};

Command describe(CLI::App& app);
Argument describe(CLI::Option& option);

// The description, the default and the environment variable.
std::string explained(const Argument& argument);

}  // namespace pintle::cli
