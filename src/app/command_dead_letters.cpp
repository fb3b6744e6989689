#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "app/loading.hpp"
#include "pintle/admin/admin.hpp"
#include "pintle/app/commands.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::app {
namespace {

constexpr std::size_t page = 256;

// Visits every dead letter in the directory; `visit` returns false to stop.
template <class Visit>
void each_letter(const journal::Journal& journal, journal::Log log, Visit visit) {
    std::uint64_t after = 0;
    for (;;) {
        const auto letters = journal.dead_letters(log, after, page);
        for (const auto& letter : letters) {
            if (!visit(letter)) return;
            after = letter.id;
        }
        if (letters.size() < page) return;
    }
}

void print_line(const journal::DeadLetter& letter) {
    std::cout << letter.destination << '/' << letter.id << "  " << letter.attempts << " attempts  " << letter.reason
              << '\n';
}

// `wanted`: destination/id, or empty for all.
int show(const std::string& directory, const std::string& wanted, bool json) {
    journal::JournalOptions options;
    options.directory = directory;
    options.read_only = true;
    const auto journal = journal::open_journal(options);
    bool found = false;
    for (const auto& name : journal->logs()) {
        each_letter(*journal, journal->open_log(name), [&](const journal::DeadLetter& letter) {
            if (!wanted.empty() && name + "/" + std::to_string(letter.id) != wanted) return true;
            found = true;
            if (json) {
                std::cout << admin::to_json(letter) << '\n';
            } else {
                print_line(letter);
            }
            return wanted.empty();
        });
    }
    if (!wanted.empty() && !found) {
        std::cerr << "no dead letter is named " << wanted << "; `pintle dead-letters list` prints them all\n";
        return exit_failed;
    }
    return exit_fine;
}

std::optional<std::string> directory_of(const std::string& file, const std::string& directory) {
    if (!directory.empty()) return directory;
    const auto config = load_or_explain(file, Purpose::transform);
    if (!config) return std::nullopt;
    return config->journal_directory;
}

}  // namespace

void add_dead_letters_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("dead-letters", "Look at the events that could not be delivered");
    command->require_subcommand(1);
    struct Arguments {
        std::string file;
        std::string directory;
        std::string wanted;
        bool json = false;
    };
    auto arguments = std::make_shared<Arguments>();
    const auto add = [&](const std::string& name, const std::string& description) {
        auto* sub = command->add_subcommand(name, description);
        sub->add_option("--config", arguments->file, "Configuration file that names the journal's directory");
        sub->add_option("--directory", arguments->directory, "The journal's directory itself");
        return sub;
    };
    const auto run = [=, &chosen](bool always_json) {
        chosen = [=] {
            const auto directory = directory_of(arguments->file, arguments->directory);
            if (!directory) return exit_usage;
            return show(*directory, arguments->wanted, always_json || arguments->json);
        };
    };
    auto* list = add("list", "All of them, a line each");
    list->add_flag("--json", arguments->json, "One JSON object a line, with event, request and answer");
    list->callback([run] { run(false); });
    auto* one = add("show", "One of them, whole, as JSON");
    one->add_option("name", arguments->wanted, "DESTINATION/ID, as `list` prints it")->required();
    one->callback([run] { run(true); });
}

}  // namespace pintle::app
