#include <iostream>
#include <memory>
#include <optional>

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "daemon_locator.hpp"
#include "pintle/base/escape.hpp"
#include "terminal/screen.hpp"
#include "terminal/terminal.hpp"
#include "top_view.hpp"

namespace pintle::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Woken = cli::terminal::Watch::Woken;

constexpr std::chrono::seconds timeout{5};

struct Arguments {
    DaemonOptions daemon;
    double interval = 1;
    std::uint64_t count = 0;  // 0: until it is ended
    bool json = false;
};

admin::Answered<FullStatus> look_at(const AdminAddress& address) {
    const auto answer = ask_for_json(address, boost::beast::http::verb::get, "/api/status", timeout);
    if (!answer) return answer.error();
    auto look = read_status(*answer);
    if (!look) return admin::Fault{502, address.text() + " did not respond like pintle's admin API"};
    return std::move(*look);
}

// A line of JSON each time.
class Lines {
public:
    void begin(const TopView& view) { static_cast<void>(view); }  // without a rate yet
    void show(const TopView& view) { std::cout << text::plain_json(top_json(view)) << std::endl; }
    void show(const admin::Fault& fault) {
        std::cout << text::plain_json(nlohmann::ordered_json{{"error", fault.reason}}.dump()) << std::endl;
    }
    void resize() {}
};

// The whole terminal.
class Whole {
public:
    explicit Whole(std::string address) : address_(std::move(address)) {}

    void begin(const TopView& view) { show(view); }
    void show(const TopView& view) {
        view_ = view;
        fault_.clear();
        resize();
    }
    void show(const admin::Fault& fault) {
        fault_ = fault.reason;
        resize();
    }
    void resize() {
        if (!view_) return;
        auto lines = top_lines(*view_, address_, cli::terminal::size_of(STDOUT_FILENO).columns);
        if (!fault_.empty()) lines.front() = fault_ + "; trying again";
        screen_.draw(lines);
    }

private:
    std::string address_;
    std::optional<TopView> view_;
    std::string fault_;
    cli::terminal::Screen screen_;
};

// Whether the time has come; else it is to end.
template <class Output>
bool await(cli::terminal::Watch& watch, Clock::time_point time, Output& output) {
    while (true) {
        const auto woken = watch.wait_until(time);
        if (woken != Woken::resized) return woken == Woken::time;
        output.resize();
    }
}

template <class Output>
int watch_daemon(const Arguments& arguments, const AdminAddress& address, FullStatus first, Output output) {
    const auto interval =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(arguments.interval));
    cli::terminal::Watch watch(true);
    std::optional<FullStatus> before = std::move(first);
    output.begin(compare(std::nullopt, *before));
    bool works = true;
    auto next = Clock::now() + interval;
    for (std::uint64_t shown = 0; arguments.count == 0 || shown < arguments.count; ++shown) {
        if (!await(watch, next, output)) return exit_ok;
        auto now = look_at(address);
        works = now.has_value();
        if (works) {
            output.show(compare(before, *now));
            before = std::move(*now);
        } else {
            output.show(now.error());
        }
        next = std::max(next + interval, Clock::now());
    }
    return works ? exit_ok : exit_failed;
}

int top(const Arguments& arguments) {
    const auto place = find_daemon(arguments.daemon);
    if (!place) return exit_usage;
    const auto& address = place->address;
    auto first = look_at(address);
    if (!first) {
        std::cerr << "pintle: " << first.error().reason << '\n';
        return exit_failed;
    }
    if (arguments.json || !cli::terminal::is_terminal(STDOUT_FILENO)) {
        return watch_daemon(arguments, address, std::move(*first), Lines());
    }
    return watch_daemon(arguments, address, std::move(*first), Whole(address.text()));
}

}  // namespace

void add_top_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("top", "Watch the daemon: rates, backlog, latency, retries, pauses");
    auto arguments = std::make_shared<Arguments>();
    add_daemon_options(*command, arguments->daemon);
    command->add_option("--interval", arguments->interval, "How long to measure between two updates")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    command->add_option("--count", arguments->count, "Quit after this many updates; without it q or Ctrl-C quits")
        ->type_name("COUNT")
        ->check(CLI::PositiveNumber);
    command->add_flag("--json", arguments->json, "One JSON object a line, as when the output is not a terminal");
    command->callback([arguments, &chosen] { chosen = [arguments] { return top(*arguments); }; });
}

}  // namespace pintle::cli
