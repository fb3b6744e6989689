// Writes the manual page and the shell completions of pintle's commands into a folder.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "completion.hpp"
#include "man_page.hpp"
#include "pintle/cli/app.hpp"
#include "pintle/cli/command_description.hpp"
#include "pintle/config/variables.hpp"

namespace {

bool write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) std::cerr << "make_manual: cannot write " << file << '\n';
    return static_cast<bool>(out);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: make_manual FOLDER\n";
        return 2;
    }
    CLI::App app(std::string(pintle::cli::app_description), "pintle");
    pintle::cli::Chosen chosen;
    pintle::cli::add_commands(app, chosen);
    const auto root = pintle::cli::describe(app);
    const std::filesystem::path folder = argv[1];
    const bool written =
        write(folder / "pintle.1",
              pintle::manual::man_page(root, PINTLE_VERSION, pintle::config::configuration_variables())) &&
        write(folder / "pintle.bash", pintle::manual::bash_completion(root)) &&
        write(folder / "_pintle", pintle::manual::zsh_completion(root)) &&
        write(folder / "pintle.fish", pintle::manual::fish_completion(root));
    return written ? 0 : 1;
}
