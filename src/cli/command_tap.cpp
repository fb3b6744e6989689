#include <iostream>
#include <memory>
#include <optional>

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include "admin_stream.hpp"
#include "commands.hpp"
#include "daemon_locator.hpp"
#include "json_text.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/json/parse.hpp"
#include "query_text.hpp"
#include "sse_reader.hpp"
#include "tap_text.hpp"
#include "terminal/terminal.hpp"

namespace pintle::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds pause_before_retry{1};

struct Arguments {
    DaemonOptions daemon;
    std::string type;
    std::string user;
    std::string message_id;
    std::string event;
    std::string outcome;
    std::string destination;
    std::size_t recent = 0;
    bool json = false;
};

QueryText with_filters(const char* path, const Arguments& arguments) {
    QueryText query(path);
    query.add("type", arguments.type);
    query.add("user", arguments.user);
    query.add("message_id", arguments.message_id);
    query.add("event", arguments.event);
    query.add("outcome", arguments.outcome);
    query.add("destination", arguments.destination);
    return query;
}

class Tap {
public:
    Tap(const Arguments& arguments, AdminAddress address)
        : arguments_(arguments),
          address_(std::move(address)),
          lines_(!arguments.json && cli::terminal::takes_colours(STDOUT_FILENO),
                 cli::terminal::is_terminal(STDOUT_FILENO) ? cli::terminal::size_of(STDOUT_FILENO).columns : 0) {}

    // Until there is no sense in going on; then it tells why.
    Awaitable<void> run(boost::asio::io_context& io) {
        const auto target = with_filters("/api/events/stream", arguments_).text();
        Timer timer(io);
        while (true) {
            reader_ = {};
            connected_ = false;
            const auto error = co_await follow_admin(address_, target, [this](std::string_view piece) { take(piece); });
            if (error.status != 0 || !begun_) {
                error_ = error;
                co_return;
            }
            if (connected_)
                std::cerr << "connection to the daemon lost: " << error.message << "; reconnecting" << std::endl;
            timer.expires_after(pause_before_retry);
            co_await timer.async_wait(awaiting);
        }
    }

    const std::optional<admin::ApiError>& error() const noexcept { return error_; }

private:
    // The daemon says something at once, so that it is known from when on nothing is missed.
    void take(std::string_view piece) {
        if (!std::exchange(connected_, true)) {
            shown_to_ = 0;  // a restarted daemon numbers from 1 again
            if (begun_) std::cerr << "reconnected to the daemon" << std::endl;
            if (!std::exchange(begun_, true)) begin();
        }
        for (const auto& sent : reader_.read(piece)) {
            if (sent.name == "event") {
                if (number_of(sent.data) > shown_to_) show(sent.data);
            } else if (sent.name == "skipped") {
                const auto document = parse_json(sent.data);
                const auto count = document.is_object() ? document.value("skipped", std::uint64_t{0}) : 0;
                std::cerr << count << " more events not shown" << std::endl;
            }
        }
        std::cout << std::flush;
    }

    void begin() {
        if (!arguments_.json && cli::terminal::is_terminal(STDOUT_FILENO)) std::cout << lines_.header();
        if (arguments_.recent == 0) return;
        auto query = with_filters("/api/events", arguments_);
        query.add("limit", std::to_string(arguments_.recent));
        const auto response = fetch_json(address_, boost::beast::http::verb::get, query.text());
        if (!response) {
            std::cerr << "pintle: " << response.error().message << std::endl;
            return;
        }
        const auto events = members_of(member_of(*response, "events"));
        for (auto event = events.rbegin(); event != events.rend(); ++event) {
            shown_to_ = std::max(shown_to_, number_of(event->second));
            show(event->second);
        }
    }

    static std::uint64_t number_of(std::string_view event) {
        const auto document = parse_json(event);
        if (!document.is_object() || !document.contains("seq")) return UINT64_MAX;
        return read_unsigned(document["seq"]).value_or(UINT64_MAX);
    }

    void show(std::string_view event) {
        if (arguments_.json) {
            std::cout << text::plain_json(std::string(event)) << '\n';
        } else {
            std::cout << lines_.line(event);
        }
    }

    const Arguments& arguments_;
    AdminAddress address_;
    TapLines lines_;
    SseReader reader_;
    std::optional<admin::ApiError> error_;
    std::uint64_t shown_to_ = 0;  // among the recent ones
    bool begun_ = false;
    bool connected_ = false;
};

int tap(const Arguments& arguments) {
    auto location = find_daemon(arguments.daemon);
    if (!location) return exit_usage;
    // Events with such a type can come, and are rejected.
    const auto type = customerio::find_event_type(arguments.type);
    if (!arguments.type.empty() && type == customerio::EventType::other) {
        std::cerr << "pintle: " << text::shown(arguments.type)
                  << " is not one of track, identify, page, screen, group, alias; waiting for events with this type\n";
    }
    boost::asio::io_context io(1);
    Tap tap(arguments, std::move(location->address));
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
    std::exception_ptr failure;
    boost::asio::co_spawn(io, tap.run(io), [&](const std::exception_ptr& error) {
        failure = error;
        io.stop();
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    if (!tap.error()) return exit_ok;
    return report_error_of_filter(*tap.error(), arguments.destination);
}

}  // namespace

void add_tap_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("tap", "Follow what happens to events, one line each");
    auto arguments = std::make_shared<Arguments>();
    add_daemon_options(*command, arguments->daemon);
    const auto add = [&](const char* name, std::string& value, const char* type, const char* description) {
        command->add_option(name, value, description)->type_name(type);
    };
    add("--type", arguments->type, "TYPE", "Only events of this type: track, identify, page, screen, group, alias");
    add("--user", arguments->user, "ID", "Only events of this user id, email, anonymous id or previousId");
    add("--message-id", arguments->message_id, "ID", "Only the event with this messageId");
    add("--event", arguments->event, "NAME", "Only events whose name contains this text, in any case");
    add("--outcome", arguments->outcome, "OUTCOME",
        "Only events with this outcome: accepted, delivered, retried, dead_letter, dropped, rejected; several with "
        "commas");
    add("--destination", arguments->destination, "NAME", "Only events for this destination");
    command->add_option("--recent", arguments->recent, "Show this many of the latest events first")
        ->type_name("COUNT")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1000}));
    command->add_flag("--json", arguments->json, "Print one JSON object per line, with event, request and response");
    command->footer(
        "This is a sample: stderr says how many events are omitted when there are too many. With --user,\n"
        "--message-id, --type or --event all that match are shown. Ctrl-C quits.");
    command->callback([arguments, &chosen] { chosen = [arguments] { return tap(*arguments); }; });
}

}  // namespace pintle::cli
