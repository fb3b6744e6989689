#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace pintle::cli {

// What a value is, for completion.
enum class Values : std::uint8_t { any, file, directory, words };

struct Argument {
    std::vector<std::string> names;  // --json, -h; of a positional its name alone
    bool positional = false;
    bool takes_value = false;
    bool repeats = false;
    bool required = false;
    std::string type;  // FILE, HOST:PORT; what stands for the value
    Values values = Values::any;
    std::vector<std::string> words;  // of which the value is one
    std::string description;
    std::string default_value;
    std::string variable;  // of the environment, that sets it as well
};

// A command with its options, arguments and subcommands, as CLI11 knows them, without those that are hidden.
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
