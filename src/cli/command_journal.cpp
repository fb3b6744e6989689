#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "loading.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/journal/errors.hpp"
#include "pintle/journal/repair.hpp"
#include "pintle/json/parse.hpp"
#include "query_text.hpp"
#include "status_reader.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli {
namespace {

using cli::terminal::counted;
using cli::terminal::grouped;
using journal::Inspection;
using nlohmann::json;
using nlohmann::ordered_json;

struct Arguments {
    std::string config;
    std::string directory;
    bool json = false;
};

// Throws std::runtime_error with a message for people where the journal has no directory.
std::string directory_in(const config::Config& config) {
    if (config.journal_backend == config::JournalBackend::rocksdb) return config.journal_directory;
    throw std::runtime_error(
        "the journal of this configuration is on Kafka (journal.backend), which checks its own files: there is no "
        "directory; --directory names one");
}

// Nothing where the configuration that names it cannot be read.
std::optional<std::string> directory_of(const Arguments& arguments) {
    if (!arguments.directory.empty()) return arguments.directory;
    if (arguments.config.empty())
        return directory_in(config::load_config({}, config::process_environment(), config::Purpose::check).config);
    const auto config = load_or_explain(arguments.config, config::Purpose::check);
    if (!config) return std::nullopt;
    return directory_in(*config);
}

void print(const char* what, const std::vector<std::string>& lines) {
    for (const auto& line : lines) std::cout << what << ": " << text::shown(line) << '\n';
}

// What has become of all events of the stream: the figures behind the first one are its parts.
std::string describe(const Inspection::Stream& stream) {
    const auto& ledger = stream.ledger;
    // A renamed destination leaves its old name behind.
    if (ledger.total() == 0 && ledger.lost == 0) return "empty";
    std::string out = grouped(ledger.total()) + " taken in: " + grouped(ledger.delivered) + " delivered, " +
                      grouped(ledger.backlog) + " pending, " + counted(ledger.retained, "dead letter");
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count > 0) out += ", " + grouped(count) + what;
    };
    add(ledger.replayed_out, " dead-lettered and replayed");
    add(ledger.purged, " dead-lettered and purged");
    add(ledger.evicted, " dead-lettered and evicted");
    add(ledger.duplicates, " duplicates");
    out += ", " + grouped(ledger.lost) + " lost";
    if (stream.missing > 0 && stream.missing != ledger.lost) out += ", " + grouped(stream.missing) + " of them newly";
    return out;
}

std::string lost(std::uint64_t count) {
    return grouped(count) + (count == 1 ? " event or dead letter is lost" : " events or dead letters are lost");
}

void print(const Inspection& inspection) {
    if (inspection.format > 0) std::cout << "journal format " << inspection.format << '\n';
    for (const auto& stream : inspection.streams)
        std::cout << text::shown(stream.name) << ": " << describe(stream) << '\n';
    const bool was_read = inspection.format > 0 || !inspection.backup.empty();
    if (was_read) {
        std::cout << grouped(inspection.message_ids) << " message ids remembered";
        if (!inspection.damages.empty())
            std::cout << "; others may be lost with what is damaged, and repeats of their events are not recognized";
        std::cout << '\n';
    }
    print("damaged", inspection.damages);
    print("note", inspection.notes);
}

ordered_json json_of(const Inspection::Stream& stream) {
    const auto& ledger = stream.ledger;
    return {{"name", stream.name},
            {"accepted", ledger.accepted},
            {"replayed", ledger.replayed},
            {"delivered", ledger.delivered},
            {"backlog_events", ledger.backlog},
            {"dead_letters", ledger.retained},
            {"dead_lettered", ledger.dead_lettered},
            {"replayed_out", ledger.replayed_out},
            {"purged", ledger.purged},
            {"evicted", ledger.evicted},
            {"duplicates", ledger.duplicates},
            {"lost", ledger.lost},
            {"newly_lost", stream.missing}};
}

// For scripts: `state` tells apart what has the same exit code.
void print_json(const std::string& directory, const char* state, const ordered_json& more) {
    ordered_json document = {{"directory", directory}, {"state", state}};
    document.update(more);
    std::cout << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

void print_findings(const std::string& directory, const char* state, const Inspection& inspection) {
    ordered_json more = {{"newly_lost", inspection.lost}, {"streams", ordered_json::array()}};
    if (inspection.format > 0) more["format"] = inspection.format;
    if (!inspection.backup.empty()) more["backup"] = inspection.backup;
    for (const auto& stream : inspection.streams) more["streams"].push_back(json_of(stream));
    more["message_ids"] = inspection.message_ids;
    more["damages"] = inspection.damages;
    more["notes"] = inspection.notes;
    print_json(directory, state, more);
}

int check(const std::string& directory, bool as_json) {
    const auto inspection = journal::check_journal(directory);
    const bool is_fine = inspection.damages.empty();
    if (as_json) {
        print_findings(directory, is_fine ? "fine" : "damaged", inspection);
        return is_fine ? exit_ok : exit_failed;
    }
    print(inspection);
    if (is_fine) {
        std::cout << directory << ": fine\n";
        return exit_ok;
    }
    std::cout << directory << ": damaged";
    if (inspection.lost > 0) std::cout << ", " << lost(inspection.lost);
    std::cout << "; `pintle journal repair` keeps all that can still be read\n";
    return exit_failed;
}

int repair(const std::string& directory, bool as_json) {
    umask(S_IRWXG | S_IRWXO);
    const auto inspection = journal::repair_journal(directory);
    const auto code = inspection.lost == 0 ? exit_ok : exit_failed;
    if (as_json) {
        print_findings(directory, "repaired", inspection);
        return code;
    }
    print(inspection);
    std::cout << directory << ": repaired";
    if (inspection.lost > 0) std::cout << ", but " << lost(inspection.lost);
    std::cout << "; as it was it is in " << inspection.backup << '\n';
    return code;
}

using Work = int (*)(const std::string& directory, bool as_json);

// Runs `work` on the directory; explains what to do if a daemon has the journal open.
int on_stopped_journal(const std::string& directory, bool as_json, const char* command, Work work) {
    try {
        return work(directory, as_json);
    } catch (const journal::JournalInUse& error) {
        if (as_json) {
            const auto process = error.holder() > 0 ? ordered_json(error.holder()) : ordered_json();
            print_json(directory, "in_use", {{"message", error.what()}, {"process", process}});
        }
        std::cerr << "pintle: " << text::shown(error.what()) << '\n';
        std::cerr << "A running daemon reports the damage that it meets: `pintle status` shows events that the disk "
                     "lost,\nand the log names damaged files. For the whole journal stop the daemon first:\n"
                     "  systemctl stop pintle\n  pintle journal "
                  << command << " --directory " << text::shown(directory) << "\n  systemctl start pintle\n";
    } catch (const journal::NoJournal& error) {
        if (as_json) print_json(directory, "no_journal", {{"message", error.what()}});
        std::cerr << "pintle: " << text::shown(error.what()) << '\n';
    } catch (const std::runtime_error& error) {
        if (as_json) print_json(directory, "failed", {{"message", error.what()}});
        std::cerr << "pintle: " << text::shown(error.what()) << '\n';
    }
    return exit_failed;
}

struct DiscardArguments {
    DaemonOptions daemon;
    std::string name;
    bool yes = false;
};

std::string content_of(std::uint64_t events, std::uint64_t dead_letters) {
    return counted(events, "pending event") + " and " + counted(dead_letters, "dead letter");
}

// What would be discarded, as the daemon's status has it.
int describe_discard(const DiscardArguments& arguments, const admin::Status& status) {
    const auto stream = std::ranges::find(status.orphaned_streams, arguments.name, &admin::OrphanedStream::name);
    if (stream != status.orphaned_streams.end()) {
        std::cerr << "this permanently deletes " << content_of(stream->backlog_events, stream->dead_letters) << " of "
                  << text::shown(arguments.name) << "; to do so, repeat the command with --yes\n";
        return exit_usage;
    }
    const bool is_destination = std::ranges::find(status.destinations, arguments.name,
                                                  &admin::DestinationStatus::name) != status.destinations.end();
    std::cerr << "pintle: " << text::shown(arguments.name)
              << (is_destination ? " is a destination; only a stream without one is discarded\n"
                                 : ": there is no such stream without a destination, or it is empty\n");
    return exit_failed;
}

int discard(const DiscardArguments& arguments) {
    const auto daemon = find_daemon(arguments.daemon);
    if (!daemon) return exit_usage;
    if (!arguments.yes) {
        const auto response = fetch_json(daemon->address, boost::beast::http::verb::get, "/api/status");
        if (!response) return report_error(response.error());
        return describe_discard(arguments, read_status(*response).value_or(admin::Status{}));
    }
    const auto response =
        fetch_json(daemon->address, boost::beast::http::verb::delete_, "/api/streams/" + encoded(arguments.name));
    if (!response) return report_error(response.error());
    const auto document = parse_json(*response);
    const auto count = [&](const char* member) { return read_unsigned(document.value(member, json())).value_or(0); };
    std::cout << "deleted " << content_of(count("events"), count("dead_letters")) << " of "
              << text::shown(arguments.name) << '\n';
    return exit_ok;
}

void add_discard(CLI::App& command, Chosen& chosen) {
    auto* sub =
        command.add_subcommand("discard", "Ask the running daemon to delete what a stream without a destination holds");
    auto arguments = std::make_shared<DiscardArguments>();
    sub->add_option("NAME", arguments->name, "Name of the stream, as `pintle status` shows it")->required();
    sub->add_flag("--yes", arguments->yes, "Delete it; without this option the command says what would be deleted");
    add_daemon_options(*sub, arguments->daemon);
    sub->callback([arguments, &chosen] { chosen = [arguments] { return discard(*arguments); }; });
}

}  // namespace

void add_journal_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "journal", "Check or repair the journal of a stopped daemon, or discard a part of a running one's");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& description, Work run) {
        auto* sub = command->add_subcommand(name, description);
        auto arguments = std::make_shared<Arguments>();
        sub->add_option("--config", arguments->config,
                        "Configuration file that names the directory; without one the environment names it")
            ->type_name("FILE");
        sub->add_option("--directory", arguments->directory, "The journal's directory")
            ->type_name("DIR")
            ->excludes("--config");
        sub->add_flag("--json", arguments->json, "Print one JSON object; its `state` says what is the matter");
        sub->callback([&chosen, arguments, run, name] {
            chosen = [arguments, run, name] {
                spdlog::set_level(spdlog::level::off);  // the command prints its findings itself
                const auto directory = directory_of(*arguments);
                if (!directory) return exit_usage;
                return on_stopped_journal(*directory, arguments->json, name.c_str(), run);
            };
        });
    };
    add("check", "Read the whole journal, print its content, and name what is damaged or missing", check);
    add("repair", "Replace it by a new journal with everything that can still be read, and keep the old one beside it",
        repair);
    add_discard(*command, chosen);
}

}  // namespace pintle::cli
