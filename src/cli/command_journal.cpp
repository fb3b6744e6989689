#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "loading.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/journal/repair.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli {
namespace {

using cli::terminal::grouped;
using journal::Inspection;

struct Arguments {
    std::string config;
    std::string directory;
};

// Nothing where the configuration that names it cannot be read.
std::optional<std::string> directory_of(const Arguments& arguments) {
    if (!arguments.directory.empty()) return arguments.directory;
    if (arguments.config.empty()) {
        return config::load_config({}, config::process_environment(), config::Purpose::check).config.journal_directory;
    }
    const auto config = load_or_explain(arguments.config, config::Purpose::check);
    if (!config) return std::nullopt;
    return config->journal_directory;
}

void print(const char* what, const std::vector<std::string>& lines) {
    for (const auto& line : lines) std::cout << what << ": " << text::shown(line) << '\n';
}

void print(const Inspection& inspection) {
    for (const auto& stream : inspection.streams) {
        const auto& ledger = stream.ledger;
        std::cout << text::shown(stream.name) << ": " << grouped(ledger.total()) << " taken in, "
                  << grouped(ledger.delivered) << " delivered, " << grouped(ledger.backlog) << " pending, "
                  << grouped(ledger.retained) << " dead letters, " << grouped(ledger.lost) << " lost";
        if (stream.missing > 0 && stream.missing != ledger.lost)
            std::cout << ", " << grouped(stream.missing) << " newly";
        std::cout << '\n';
    }
    std::cout << grouped(inspection.message_ids) << " message ids remembered\n";
    print("damaged", inspection.damages);
    print("note", inspection.notes);
}

int check(const std::string& directory) {
    const auto inspection = journal::check_journal(directory);
    print(inspection);
    if (inspection.damages.empty()) {
        std::cout << directory << ": fine\n";
        return exit_ok;
    }
    std::cout << directory << ": damaged; `pintle journal repair` keeps all that can still be read\n";
    return exit_failed;
}

int repair(const std::string& directory) {
    umask(S_IRWXG | S_IRWXO);
    const auto inspection = journal::repair_journal(directory);
    print(inspection);
    std::cout << directory << ": repaired; as it was it is in " << inspection.backup << '\n';
    return exit_ok;
}

}  // namespace

void add_journal_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("journal", "Check or repair the journal of a stopped daemon");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& description, int (*run)(const std::string&)) {
        auto* sub = command->add_subcommand(name, description);
        auto arguments = std::make_shared<Arguments>();
        sub->add_option("--config", arguments->config,
                        "Configuration file that names the directory; without one the environment names it")
            ->type_name("FILE");
        sub->add_option("--directory", arguments->directory, "The journal's directory")
            ->type_name("DIR")
            ->excludes("--config");
        sub->callback([&chosen, arguments, run] {
            chosen = [arguments, run] {
                spdlog::set_level(spdlog::level::off);  // the command prints its findings itself
                const auto directory = directory_of(*arguments);
                return directory ? run(*directory) : exit_usage;
            };
        });
    };
    add("check", "Read the whole journal, print its content, and name what is damaged or missing", check);
    add("repair", "Replace it by a new journal with everything that can still be read, and keep the old one beside it",
        repair);
}

}  // namespace pintle::cli
