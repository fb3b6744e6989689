#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "duration_option.hpp"
#include "number_option.hpp"
#include "pintle/base/escape.hpp"
#include "status_reader.hpp"
#include "terminal/screen.hpp"
#include "terminal/terminal.hpp"
#include "top_text.hpp"

namespace pintle::cli {
namespace {

using Clock = std::chrono::steady_clock;
using terminal::TerminalInput;

constexpr std::chrono::seconds timeout{5};

struct Arguments {
    DaemonOptions daemon;
    std::chrono::milliseconds interval{1000};
    std::uint64_t count = 0;  // 0: no limit
    bool json = false;
};

admin::ApiResult<admin::Status> fetch_status(const AdminAddress& address) {
    const auto response = fetch_json(address, boost::beast::http::verb::get, "/api/status", timeout);
    if (!response) return response.error();
    auto status = read_status(*response);
    if (!status) return admin::ApiError{502, address.text() + " did not respond like pintle's admin API"};
    return std::move(*status);
}

// Prints one line of JSON per update.
class JsonLines {
public:
    void show(const admin::Status& status) { print(top_json(status)); }
    void show(const admin::ApiError& error) { print(nlohmann::ordered_json{{"error", error.message}}.dump()); }
    void resize() {}

private:
    static void print(const std::string& line) { std::cout << text::plain_json(line) << std::endl; }
};

// Fills the terminal, with the latest status while the daemon does not respond.
class FullScreen {
public:
    explicit FullScreen(std::string address) : address_(std::move(address)) {}

    void show(const admin::Status& status) {
        status_ = status;
        error_.clear();
        resize();
    }
    void show(const admin::ApiError& error) {
        error_ = error.message;
        resize();
    }
    void resize() {
        if (!status_) return;
        auto lines = top_lines(*status_, address_, terminal::size_of(STDOUT_FILENO).columns);
        if (!error_.empty()) lines.front() = error_ + "; trying again";
        screen_.draw(lines);
    }

private:
    std::string address_;
    std::optional<admin::Status> status_;
    std::string error_;
    terminal::Screen screen_;
};

// Returns true at that time, false when the user quits before it.
template <class Output>
bool wait(TerminalInput& input, Clock::time_point time, Output& output) {
    while (true) {
        const auto event = input.wait_until(time);
        if (event != TerminalInput::Event::resized) return event == TerminalInput::Event::timeout;
        output.resize();
    }
}

template <class Output>
int watch_daemon(const Arguments& arguments, const AdminAddress& address, admin::ApiResult<admin::Status> status,
                 Output output) {
    TerminalInput input(true);
    auto next = Clock::now();
    for (std::uint64_t shown = 1;; ++shown) {
        if (status)
            output.show(*status);
        else
            output.show(status.error());
        if (shown == arguments.count) return status ? exit_ok : exit_failed;
        next = std::max(next + arguments.interval, Clock::now());
        if (!wait(input, next, output)) return exit_ok;
        status = fetch_status(address);
    }
}

int top(const Arguments& arguments) {
    const auto daemon = find_daemon(arguments.daemon);
    if (!daemon) return exit_usage;
    const auto& address = daemon->address;
    auto status = fetch_status(address);
    if (!status) {
        std::cerr << "pintle: " << status.error().message << '\n';
        return exit_failed;
    }
    if (arguments.json || !terminal::is_terminal(STDOUT_FILENO))
        return watch_daemon(arguments, address, std::move(status), JsonLines());
    return watch_daemon(arguments, address, std::move(status), FullScreen(address.text()));
}

}  // namespace

void add_top_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("top", "Watch the daemon: rates, backlog, latency, retries, pauses");
    auto arguments = std::make_shared<Arguments>();
    add_daemon_options(*command, arguments->daemon);
    add_duration_option(*command, "--interval",
                        [arguments = arguments.get()](auto interval) { arguments->interval = interval; },
                        "Time between two updates; rates are of the last 10 seconds",
                        {std::chrono::milliseconds(100), std::chrono::hours(1)})
        ->default_str("1s");
    command
        ->add_option("--count", arguments->count,
                     "Quit after this many updates; the default is to run until q or Ctrl-C")
        ->type_name("COUNT")
        ->check(whole_number_from_1());
    command->add_flag("--json", arguments->json, "Print one JSON object a line, as when the output is not a terminal");
    command->callback([arguments, &chosen] { chosen = [arguments] { return top(*arguments); }; });
}

}  // namespace pintle::cli
