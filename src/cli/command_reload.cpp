#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;

constexpr unsigned refused = 422;

// A line each; missing is none.
void print(std::ostream& out, const std::string& before, const json& answer, const char* list) {
    for (const auto& line : answer.value(list, json::array()))
        out << before << text::shown(line.get<std::string>()) << '\n';
}

int fail(const std::string& reason) {
    std::cerr << "pintle: " << reason << '\n';
    return exit_failed;
}

int reload(const DaemonOptions& options) {
    const auto place = find_daemon(options);
    if (!place) return exit_usage;
    const auto& address = place->address;
    const auto answer = send_admin_request(address, boost::beast::http::verb::post, "/api/reload");
    if (answer.status == 0) return fail("no daemon answers at " + address.text() + " (" + answer.body + ")");
    if (answer.status == 401) {
        return fail("the daemon at " + address.text() +
                    " asks for the admin.token that is in force; SIGHUP makes it load another one");
    }
    const auto document = parse_json(answer.body);
    if (!document.is_object() || (answer.status != 200 && answer.status != refused)) {
        return fail("what answers at " + address.text() + " says " + std::to_string(answer.status) +
                    "; it did not respond like pintle's admin API");
    }
    if (answer.status == refused) {
        print(std::cerr, "", document, "problems");
        return exit_usage;
    }
    print(std::cout, "changed ", document, "changed");
    print(std::cout, "needs a restart: ", document, "kept");
    std::cout << "the configuration is in force\n";
    return exit_ok;
}

}  // namespace

void add_reload_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("reload", "Have the running daemon load its configuration again");
    auto options = std::make_shared<DaemonOptions>();
    add_daemon_options(*command, *options);
    command->callback([options, &chosen] { chosen = [options] { return reload(*options); }; });
}

}  // namespace pintle::cli
