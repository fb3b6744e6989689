#include <iostream>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "manual/completion.hpp"
#include "manual/man_page.hpp"
#include "pintle/manual/manual.hpp"

namespace pintle::manual {
namespace {

std::string completion(const std::string& shell, const Command& root) {
    if (shell == "bash") return bash_completion(root);
    if (shell == "zsh") return zsh_completion(root);
    return fish_completion(root);
}

}  // namespace

void add_commands(CLI::App& app, std::function<int()>& chosen, std::vector<Variable> variables) {
    auto* command = app.add_subcommand("completion", "Print a script that has a shell complete pintle's command lines");
    auto shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "For which shell")
        ->type_name("SHELL")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer(
        "For this bash: source <(pintle completion bash). For each zsh: pintle completion zsh >DIR/_pintle, with a "
        "DIR\n"
        "of $fpath. For this fish: pintle completion fish | source. The Debian package has all three in place.");
    command->callback([&app, &chosen, shell] {
        chosen = [&app, shell] {
            std::cout << completion(*shell, describe(app));
            return 0;
        };
    });
    auto* man = app.add_subcommand("man", "Print the manual page, in roff")->group("");
    man->callback([&app, &chosen, variables = std::move(variables)] {
        chosen = [&app, variables] {
            std::cout << man_page(describe(app), PINTLE_VERSION, variables);
            return 0;
        };
    });
}

}  // namespace pintle::manual
