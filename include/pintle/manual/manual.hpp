#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace pintle::manual {

// How `--help` shows the commands that are added from then on.
void set_help(CLI::App& app);

// Of the environment.
struct Variable {
    std::string name;
    std::string text;  // what it sets
};

// `pintle completion SHELL` and the hidden `pintle man`, of all that `app` has when they run.
void add_commands(CLI::App& app, std::function<int()>& chosen, std::vector<Variable> variables);

}  // namespace pintle::manual
