#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "loading.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/daemon/transformer.hpp"

namespace pintle::cli {
namespace {

constexpr std::uint64_t max_reports = 20;  // on stderr; each has its line on stdout

const config::Destination* pick(const config::Config& config, const std::string& name) {
    const auto& all = config.destinations;
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const config::Destination& d) { return name.empty() || d.name == name; });
    if (found != all.end()) return &*found;
    std::cerr << "there is no destination \"" << text::shown(name) << "\"; allowed:";
    for (const auto& destination : all) std::cerr << ' ' << destination.name;
    std::cerr << '\n';
    return nullptr;
}

int transform(const std::string& file, const std::string& name) {
    const auto config = load_or_explain(file, config::Purpose::transform);
    if (!config) return exit_usage;
    const config::Destination* destination = pick(*config, name);
    if (destination == nullptr) return exit_usage;

    std::ios::sync_with_stdio(false);
    daemon::Transformer transformer(*destination);
    std::string line;
    std::string out;
    std::uint64_t number = 0;
    std::uint64_t failed = 0;
    while (std::getline(std::cin, line)) {
        out.clear();
        ++number;
        const auto reason = transformer(line, out);
        if (reason && *reason != Reason::filtered && ++failed <= max_reports)
            std::cerr << "stdin:" << number << ": " << sentence(*reason) << " (" << code(*reason) << ")\n";
        out += '\n';
        std::cout << out;
        if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();  // for interactive input
    }
    std::cout.flush();
    if (failed > max_reports) std::cerr << "further such lines are not shown\n";
    return std::cout && failed == 0 ? exit_ok : exit_failed;
}

}  // namespace

void add_transform_command(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("transform", "Print the requests that events on stdin would become, without sending them");
    command->footer(
        "One event per line on stdin; one line per event on stdout: the request, or {\"error\"} where there is none.\n"
        "The exit code is 1 if an event cannot be mapped; stderr names its line and the reason. An event that the\n"
        "destination's `events` excludes has no request either, and is no failure.");
    auto file = std::make_shared<std::string>();
    auto destination = std::make_shared<std::string>();
    command->add_option("--config", *file, "Configuration file; without one the destination of the environment is used")
        ->type_name("FILE");
    command
        ->add_option("--destination", *destination,
                     "Name of the destination whose options are used (default: the first)")
        ->type_name("NAME");
    command->callback([=, &chosen] { chosen = [=] { return transform(*file, *destination); }; });
}

}  // namespace pintle::cli
