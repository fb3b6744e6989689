#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/config/config.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;

constexpr unsigned has_problems = 422;
constexpr int exit_needs_restart = 3;

// Prints each element of a list, which may be missing.
void print(std::ostream& out, const std::string& before, const json& response, const char* list) {
    for (const auto& line : response.value(list, json::array()))
        out << before << text::shown(line.get<std::string>()) << '\n';
}

// What the daemon has loaded. It is the file that it was started with, whatever --config names. False where that is
// certainly not what --config names.
bool print_loaded(const DaemonOptions& options, const json& response) {
    const auto file = response.value("file", json());
    const auto loaded = file.is_string() ? file.get<std::string>() : std::string();
    std::cout << "loaded " << (loaded.empty() ? "the environment" : text::shown(loaded)) << '\n';
    std::error_code error;
    if (options.file.empty() || std::filesystem::equivalent(options.file, loaded, error)) return true;
    std::cerr << "warning: the daemon was not started with " << text::shown(options.file)
              << ", which is not loaded; that takes a restart\n";
    // A daemon in a container has the same file under another name.
    return !loaded.empty() && !std::filesystem::exists(loaded, error);
}

constexpr const char* unchanged = "nothing was reloaded: the daemon keeps the configuration that it has\n";

// All problems, as `check-config` finds them: those that hide the daemon's address are only some.
void print_problems(const std::string& file) {
    const auto loaded =
        config::load_config(file, config::process_environment(), config::Purpose::check_without_secrets);
    for (const auto& problem : loaded.problems) std::cerr << problem.text() << '\n';
}

// Why the daemon neither loaded its configuration nor said what is wrong with it.
std::string describe_failure(const AdminResponse& response, const AdminAddress& address) {
    if (response.status == 0 || response.status == 401 || response.status == 403)
        return error_of(response, address).message;
    return address.text() + " responded with " + std::to_string(response.status) + " and not like pintle's admin API";
}

// The daemon is asked also where the file has problems here, so that its status, its metrics and its log show that a
// reload was rejected.
int reload(const DaemonOptions& options) {
    std::vector<std::string> problems;
    const auto daemon = find_daemon(options, problems);
    if (!daemon) {
        if (problems.empty()) return exit_usage;
        print_problems(options.file);
        std::cerr << unchanged << (options.admin.empty() ? address_hint : "");
        return exit_usage;
    }
    const auto& address = daemon->address;
    const auto response = send_admin_request(address, boost::beast::http::verb::post, "/api/reload");
    const auto document = parse_json(response.body);
    if (!document.is_object() || (response.status != 200 && response.status != has_problems)) {
        if (!problems.empty()) print_problems(options.file);
        std::cerr << "pintle: " << describe_failure(response, address) << '\n';
        return problems.empty() ? exit_failed : exit_usage;
    }
    if (response.status == has_problems) {
        print(std::cerr, "", document, "problems");
        std::cerr << unchanged;
        return exit_usage;
    }
    for (const auto& problem : problems) std::cerr << "warning: " << problem << '\n';
    const bool is_loaded = print_loaded(options, document) && (options.file.empty() || problems.empty());
    print(std::cerr, "warning: ", document, "warnings");
    print(std::cout, "changed ", document, "changed");
    print(std::cout, "needs a restart: ", document, "kept");
    if (!document.value("kept", json::array()).empty()) {
        std::cout << "the rest of the configuration is in force\n";
        return exit_needs_restart;
    }
    if (!is_loaded) return exit_needs_restart;
    if (document.value("changed", json::array()).empty()) std::cout << "nothing has changed\n";
    std::cout << "the configuration is in force\n";
    return exit_ok;
}

}  // namespace

void add_reload_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("reload", "Reload the configuration of the running daemon");
    auto options = std::make_shared<DaemonOptions>();
    add_daemon_options(*command, *options);
    command->footer(
        "The exit code is 0 if all of the configuration is in force, 3 if some changes, which are named, need a "
        "restart,\nor if the daemon was not started with the file that --config names, 1 if the daemon cannot be "
        "reached, and 2\nif the configuration has problems; then nothing has changed.");
    command->callback([options, &chosen] { chosen = [options] { return reload(*options); }; });
}

}  // namespace pintle::cli
