#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include "admin_client.hpp"
#include "daemon_locator.hpp"
#include "delivery_wait.hpp"
#include "import/backfill.hpp"
#include "import/batch.hpp"
#include "import/line_finder.hpp"
#include "import/progress.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/base/time.hpp"
#include "pintle/cli/app.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli {
namespace {

using importer::Backfill;
using importer::DeadLetterLine;
using importer::EventCounts;
using importer::Options;
using importer::RejectedLine;

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t max_reports = 20;  // on stderr; the rejects file has all of them

struct Arguments {
    Options options;
    std::string url = "http://localhost:8080";
    double give_up_after = 300;
    bool json = false;
    std::optional<std::uint32_t> wait;  // seconds, for the events to be delivered
    DaemonOptions daemon;               // to ask about them
};

std::string json_text(const ordered_json& document) {
    return text::plain_json(document.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

// The reason's sentence, or its code if a newer daemon sent it.
std::string sentence_of(const std::string& reason) {
    const auto known = find_reason(reason);
    return known ? std::string(pintle::sentence(*known)) : reason;
}

// Prints lines whose events will not be delivered.
class LinePrinter final : public importer::LineReporter {
public:
    explicit LinePrinter(const Arguments& arguments) : file_(arguments.options.file), json_(arguments.json) {}

    void report(const RejectedLine& line) override {
        if (json_) return print({{"line", line.number}, {"error", line.reason}});
        explain(line.number, line.reason);
    }

    void report(const DeadLetterLine& line) override {
        report_dead_letter(line.number, {line.reason, sentence_of(line.reason)});
    }

    void report_dead_letter(std::uint64_t line, const LetterReason& reason) {
        dead_letters_.insert(line);
        if (json_) return print({{"line", line}, {"dead_letter", reason.code}});
        explain(line, "dead letter: " + reason.message);
    }

    // Their lines.
    const std::set<std::uint64_t>& dead_letters() const { return dead_letters_; }

private:
    static void print(const ordered_json& document) { std::cout << json_text(document) << std::endl; }

    void explain(std::uint64_t number, const std::string& what) {
        if (reported_ < max_reports) {
            std::cerr << text::shown(file_) << ':' << number << ": " << text::shown(what) << std::endl;
        } else if (reported_ == max_reports) {
            std::cerr << "further such lines are not shown" << std::endl;
        }
        ++reported_;
    }

    std::string file_;
    bool json_;
    std::uint64_t reported_ = 0;
    std::set<std::uint64_t> dead_letters_;
};

// What became of an import.
struct Result {
    std::uint64_t dead_letters = 0;
    std::vector<std::string> behind;  // destinations where events are still pending; only after a wait
};

std::string sentence(std::uint64_t count, const char* one, const char* many) {
    return cli::terminal::grouped(count) + (count == 1 ? one : many);
}

void summarize(const Arguments& arguments, const Backfill& backfill, const EventCounts& before, double seconds,
               const Result& result) {
    const auto& progress = backfill.progress();
    const auto& events = progress.events;
    if (arguments.json) {
        ordered_json document = {{"complete", backfill.stopped().empty()},
                                 {"accepted", events.accepted},
                                 {"duplicates", events.duplicates},
                                 {"dropped", events.dropped},
                                 {"dead_letters", result.dead_letters},
                                 {"rejected", progress.rejected},
                                 {"lines", progress.line},
                                 {"seconds", seconds}};
        if (!backfill.stopped().empty()) document["stopped"] = backfill.stopped();
        if (!result.behind.empty()) document["pending"] = result.behind;
        std::cout << json_text(document) << '\n';
        return;
    }
    std::cout << sentence(events.accepted, " event accepted", " events accepted");
    const auto sent = events.total() - before.total();
    if (before.total() > 0)
        std::cout << ", " << cli::terminal::grouped(events.accepted - before.accepted) << " of them now";
    if (sent > 0 && seconds > 0) {
        std::cout << ", in " << cli::terminal::short_duration(seconds) << " ("
                  << cli::terminal::short_rate(static_cast<double>(sent) / seconds) << "/s)";
    }
    std::cout << '\n';
    if (events.duplicates > 0) {
        std::cout << sentence(events.duplicates, " event dropped as a repeat", " events dropped as repeats")
                  << ": the daemon got the messageId before\n";
    }
    if (events.dropped > 0) {
        std::cout << sentence(events.dropped, " event dropped", " events dropped")
                  << ": integrations, consent or a filter exclude the destination\n";
    }
    if (result.dead_letters > 0) {
        std::cout << sentence(result.dead_letters, " event became a dead letter", " events became dead letters")
                  << ": pintle dead-letters list shows why\n";
    }
    if (progress.rejected > 0) {
        std::cout << sentence(progress.rejected, " line rejected, kept in ", " lines rejected, kept in ")
                  << text::shown(arguments.options.rejects) << '\n';
    }
}

void explain_stop(const Arguments& arguments, const Backfill& backfill) {
    std::cerr << "pintle: stopped after line " << backfill.progress().line << ": " << text::shown(backfill.stopped())
              << '\n';
    if (backfill.stopped().starts_with("401")) std::cerr << "the write key is --write-key or PINTLE_WRITE_KEY\n";
    if (backfill.stopped().starts_with("404")) std::cerr << "--url is the daemon's ingest, not its admin listener\n";
    if (arguments.options.file != "-") std::cerr << "the same command continues from there\n";
}

// Runs to the end of the file, or until it stops.
void run(boost::asio::io_context& io, const Arguments& arguments, Backfill& backfill) {
    boost::asio::signal_set signals(io);
    if (arguments.options.file != "-") {  // a read of stdin blocks this thread, so that no signal would be handled
        signals.add(SIGINT);
        signals.add(SIGTERM);
    }
    signals.async_wait([&](boost::system::error_code error, int) {
        if (!error) backfill.stop();
    });
    std::exception_ptr failure;
    boost::asio::co_spawn(io, backfill.run(), [&](const std::exception_ptr& error) {
        failure = error;
        io.stop();  // idle connections and signals must not keep it running
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
}

// How long ago the import began, rounded up.
std::chrono::seconds age_of(const importer::Progress& progress) {
    const auto started = std::chrono::seconds(progress.started);
    const auto age = std::chrono::ceil<std::chrono::seconds>(wall_now().time_since_epoch()) - started;
    return std::max(age, std::chrono::seconds(0)) + std::chrono::seconds(1);
}

// Waits for the delivery of the events, and prints those that became dead letters on the way.
admin::ApiResult<Result> await_delivery(const Arguments& arguments, const AdminAddress& address,
                                        const Backfill& backfill, LinePrinter& printer) {
    std::cerr << "waiting until the events are delivered" << std::endl;
    const auto behind = cli::await_delivery(address, std::chrono::seconds(*arguments.wait));
    if (!behind) return behind.error();
    const auto letters = letters_by_message_id(address, age_of(backfill.progress()));
    if (!letters) return letters.error();
    if (!letters->empty()) {
        importer::for_each_message_id(
            arguments.options.file, backfill.progress().file.sha256, [&](std::uint64_t line, const std::string& id) {
                const auto found = letters->find(id);
                const bool is_new = found != letters->end() && !printer.dead_letters().contains(line);
                if (is_new) printer.report_dead_letter(line, found->second);
            });
    }
    return Result{std::max<std::uint64_t>(printer.dead_letters().size(), backfill.progress().events.dead_letters),
                  *behind};
}

int import_file(const Arguments& arguments) {
    const auto daemon = arguments.wait ? find_daemon(arguments.daemon) : std::nullopt;
    if (arguments.wait && !daemon) return exit_usage;
    LinePrinter printer(arguments);
    const auto start = Clock::now();
    boost::asio::io_context io(1);
    Backfill backfill(io, arguments.options, printer);
    const auto before = backfill.progress().events;
    run(io, arguments, backfill);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const bool complete = backfill.stopped().empty();
    admin::ApiResult<Result> result = Result{backfill.progress().events.dead_letters, {}};
    if (daemon && complete) result = await_delivery(arguments, daemon->address, backfill, printer);
    summarize(arguments, backfill, before, seconds,
              result ? *result : Result{backfill.progress().events.dead_letters, {}});
    if (!complete) {
        explain_stop(arguments, backfill);
        return exit_failed;
    }
    if (!result) {
        report_error(result.error());
        return exit_failed;
    }
    for (const auto& name : result->behind) {
        std::cerr << "pintle: after " << *arguments.wait << " s events are still pending at " << text::shown(name)
                  << "; pintle status shows its state\n";
    }
    return result->dead_letters == 0 && result->behind.empty() ? exit_ok : exit_failed;
}

void check_url(Arguments& arguments) {
    try {
        arguments.options.ingest = http::client::parse_endpoint(arguments.url);
    } catch (const std::invalid_argument&) {
        throw CLI::ValidationError("--url", "is not http://HOST:PORT or https://HOST:PORT");
    }
}

}  // namespace

void add_import_command(CLI::App& app, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("import", "Import a file of events into a running daemon, in order");
    auto arguments = std::make_shared<Arguments>();
    auto& options = arguments->options;
    command->add_option("file", options.file, "File of events, one JSON object per line; - for stdin")
        ->type_name("FILE")
        ->required();
    command->add_option("--url", arguments->url, "URL of the daemon's ingest")->type_name("URL")->capture_default_str();
    command
        ->add_option("--write-key", options.write_key,
                     "Write key of the source; other users can see it in the process list")
        ->type_name("KEY")
        ->envname("PINTLE_WRITE_KEY");
    command->add_option("--ca-file", options.ca_file, "PEM file of certificates to trust in addition to the system's")
        ->type_name("FILE");
    command->add_option("--rate", options.rate, "Maximum events per second; the default is no limit")
        ->type_name("NUMBER")
        ->check(CLI::PositiveNumber);
    command->add_option("--rejected", options.rejects, "File for rejected lines (default: FILE.rejected)")
        ->type_name("FILE");
    command
        ->add_option("--give-up-after", arguments->give_up_after, "How long to retry while the daemon accepts nothing")
        ->type_name("SECONDS")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->add_flag("--restart", options.restart, "Start from the beginning, regardless of earlier progress");
    command
        ->add_option(
            "--wait", arguments->wait,
            "At the end, wait so long for the delivery of the events, and print those that Customer.io rejects; "
            "asks the admin listener")
        ->type_name("SECONDS");
    add_daemon_options(*command, arguments->daemon);
    command->add_flag("--json", arguments->json,
                      "Print JSON, for programs: a line for each rejected line and each dead letter, and a summary");
    command->footer(
        "Progress is stored in FILE.pintle-progress until the end: after a stop the same command continues from "
        "there.\n"
        "An event without a messageId gets one that is always the same for this line of this file, so that the daemon\n"
        "drops events that are sent twice (within its dedupe_window). Lines that are not a JSON object, or that the\n"
        "daemon rejects, are printed and kept in FILE.rejected. Events that the daemon cannot map are printed, and it\n"
        "keeps them as dead letters; so are with --wait those that Customer.io rejects. The exit code is 0 if each "
        "line\n"
        "is sent or kept in FILE.rejected, none is known to be a dead letter, and after --wait none is pending.");
    command->callback([arguments, &chosen] {
        check_url(*arguments);
        if (arguments->wait && arguments->options.file == "-")
            throw CLI::ValidationError("--wait", "needs a file, which can be read again; stdin cannot");
        auto& chosen_options = arguments->options;
        chosen_options.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(arguments->give_up_after * 1000));
        if (chosen_options.rejects.empty()) {
            chosen_options.rejects = (chosen_options.file == "-" ? "stdin" : chosen_options.file) + ".rejected";
        }
        chosen = [arguments] { return import_file(*arguments); };
    });
}

}  // namespace pintle::cli
