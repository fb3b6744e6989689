#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <sys/resource.h>
#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "loading.hpp"
#include "pintle/daemon/daemon.hpp"
#include "pintle/daemon/file_limit.hpp"
#include "pintle/logging/fatal.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::cli {
namespace {

// Raises the limit of open files, which is often 1,024 and counts every connection. Returns the limit; nothing where it
// is unknown.
std::optional<std::size_t> raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max;
}

void lower_connections(std::size_t files, config::Config& config) {
    const auto possible = daemon::connections_within(files, config);
    if (possible == config.ingest.max_connections) return;
    const bool is_default = config.ingest.max_connections == config::Ingest{}.max_connections;  // nobody asked for it
    logging::log(is_default ? spdlog::level::info : spdlog::level::warn,
                 "max_connections_lowered from={} to={} message=\"the process may open {} files (ulimit -n)\"",
                 config.ingest.max_connections, possible, files);
    config.ingest.max_connections = possible;
}

// As log lines, for what reads JSON logs; else a line for people each.
void explain(const config::Loaded& loaded) {
    if (!loaded.config.log_json) return print(loaded);
    for (const auto& warning : loaded.warnings) logging::warn("configuration_warning text=\"{}\"", warning.text());
    for (const auto& problem : loaded.problems) logging::error("configuration_problem text=\"{}\"", problem.text());
}

int serve(const std::string& file) {
    auto loaded = config::load_config(file, config::process_environment(), config::Purpose::serve);
    config::Config& config = loaded.config;
    logging::start({config.log_level, config.log_json});
    logging::tell_of_fatal_ends(config.log_json);
    explain(loaded);
    if (!loaded.problems.empty()) return exit_usage;
    const auto files = raise_file_limit();
    if (files) lower_connections(*files, config);
    umask(S_IRWXG | S_IRWXO);  // the journal's files are for their owner only
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);  // until the daemon handles it
    const bool json = config.log_json;
    try {
        daemon::run(std::move(config), file, [file, files] {
            config::Loaded reloaded = config::reload_config(file, config::process_environment());
            if (files && reloaded.problems.empty()) lower_connections(*files, reloaded.config);
            return reloaded;
        });
    } catch (const std::exception& error) {
        if (!json) throw;  // `main` prints it for people
        logging::critical("serve_failed message=\"{}\"", error.what());
        return exit_failed;
    }
    return exit_ok;
}

}  // namespace

void add_serve_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("serve", "Run the daemon");
    auto file = std::make_shared<std::string>();
    command->add_option("--config", *file, "Configuration file; without one only the environment configures pintle")
        ->type_name("FILE");
    command->callback([file, &chosen] { chosen = [file] { return serve(*file); }; });
}

}  // namespace pintle::cli
