#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include "admin_client.hpp"
#include "daemon_locator.hpp"
#include "delivery_wait.hpp"
#include "duration_option.hpp"
#include "import/backfill.hpp"
#include "import/batch.hpp"
#include "import/event_time.hpp"
#include "import/line_finder.hpp"
#include "import/progress.hpp"
#include "loading.hpp"
#include "number_option.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/base/time.hpp"
#include "pintle/cli/app.hpp"
#include "pintle/config/config.hpp"
#include "pintle/config/values.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/ingest/replayer.hpp"
#include "pintle/journal/journal.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli {
namespace {

using importer::Backfill;
using importer::DeadLetterLine;
using importer::EventCounts;
using importer::Options;
using importer::RejectedLine;
using importer::TimeCounts;
using importer::TimeLine;

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t max_reports = 20;  // on stderr; the rejects file has all of them

struct Arguments {
    Options options;
    std::string url;  // empty: the configuration names it
    bool json = false;
    bool dry_run = false;
    std::optional<std::chrono::milliseconds> wait;  // for the events to be delivered
    DaemonOptions daemon;                           // to ask about them
};

std::string json_text(const ordered_json& document) {
    return text::plain_json(document.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

// The reason's sentence, or its code if a newer daemon sent it.
std::string sentence_of(const std::string& reason) {
    const auto known = find_reason(reason);
    return known ? std::string(pintle::sentence(*known)) : reason;
}

// Where results are printed: stdout may be the file of the rejected lines.
std::ostream& output(const Arguments& arguments) {
    return arguments.options.rejects == "-" ? std::cerr : std::cout;
}

// Prints lines whose events will not be delivered, or whose time its user may not expect.
class LinePrinter final : public importer::LineReporter {
public:
    explicit LinePrinter(const Arguments& arguments)
        : file_(arguments.options.file), json_(arguments.json), out_(output(arguments)) {}

    void report(const RejectedLine& line) override {
        if (json_) return print({{"line", line.number}, {"error", line.reason}});
        explain(line.number, line.reason, failures_);
    }

    void report(const TimeLine& line) override {
        if (json_) return print({{"line", line.number}, {"time", code_of(line.kind)}, {"message", line.message}});
        explain(line.number, "warning: " + line.message, times_);
    }

    void report(const DeadLetterLine& line) override {
        report_dead_letter(line.number, {line.reason, sentence_of(line.reason)});
    }

    void report_dead_letter(std::uint64_t line, const LetterReason& reason) {
        dead_letters_.insert(line);
        if (json_) return print({{"line", line}, {"dead_letter", reason.code}});
        explain(line, "dead letter: " + reason.message, failures_);
    }

    // Their lines.
    const std::set<std::uint64_t>& dead_letters() const { return dead_letters_; }

private:
    void print(const ordered_json& document) { out_ << json_text(document) << std::endl; }

    void explain(std::uint64_t number, const std::string& what, std::uint64_t& reported) {
        if (reported < max_reports) {
            std::cerr << text::shown(file_) << ':' << number << ": " << text::shown(what) << std::endl;
        } else if (reported == max_reports) {
            std::cerr << "further such lines are not shown" << std::endl;
        }
        ++reported;
    }

    std::string file_;
    bool json_;
    std::ostream& out_;
    std::uint64_t failures_ = 0;  // that were explained
    std::uint64_t times_ = 0;
    std::set<std::uint64_t> dead_letters_;
};

// What became of an import.
struct Result {
    std::uint64_t dead_letters = 0;
    std::uint64_t found_later = 0;    // dead letters that the responses to the import did not name
    std::vector<std::string> behind;  // destinations where events are still pending; only after a wait
};

std::string sentence(std::uint64_t count, const char* one, const char* many) {
    return cli::terminal::grouped(count) + (count == 1 ? one : many);
}

ordered_json times_as_json(const TimeCounts& times) {
    return {{"missing", times.missing}, {"unreadable", times.unreadable}, {"future", times.future}, {"old", times.old}};
}

void print_times(std::ostream& out, const TimeCounts& times) {
    if (const auto without = times.missing + times.unreadable; without > 0) {
        out << sentence(without, " event has", " events have")
            << " no time that can be read, and so the time of the arrival: Customer.io may enter people into "
               "campaigns for it\n";
    }
    if (times.future > 0) {
        out << sentence(times.future, " event has a time", " events have a time") << " in the future\n";
    }
    if (times.old > 0) {
        out << sentence(times.old, " event is", " events are")
            << " older than 72 hours: Customer.io keeps such events, and enters nobody into a campaign for them\n";
    }
}

// `2 of the 7 accepted events and 3 repeats are among them, ...`. Of a repeat the daemon told only that it is one, so
// the two cannot be told apart.
std::string describe_found_later(const EventCounts& events, std::uint64_t count) {
    std::string of = "accepted events";
    if (events.duplicates > 0 && events.accepted == 0) of = "repeats";
    if (events.duplicates > 0 && events.accepted > 0) {
        of = sentence(events.accepted, " accepted event and ", " accepted events and ") +
             sentence(events.duplicates, " repeat", " repeats");
    }
    return cli::terminal::grouped(count) + " of the " + of +
           (count == 1 ? " is among them, as it could not be delivered\n"
                       : " are among them, as they could not be delivered\n");
}

bool is_repeat(const EventCounts& events) {
    return events.duplicates > 0 && events.duplicates == events.total();
}

void summarize(const Arguments& arguments, const Backfill& backfill, const EventCounts& before, double seconds,
               const Result& result) {
    std::ostream& out = output(arguments);
    const auto& progress = backfill.progress();
    const auto& events = progress.events;
    if (arguments.json) {
        ordered_json document = {{"complete", backfill.stopped().empty()},
                                 {"accepted", events.accepted},
                                 {"duplicates", events.duplicates},
                                 {"dropped", events.dropped},
                                 {"dead_letters", result.dead_letters},
                                 {"rejected", progress.rejected},
                                 {"times", times_as_json(progress.times)},
                                 {"lines", progress.line},
                                 {"seconds", seconds}};
        if (!backfill.stopped().empty()) document["stopped"] = backfill.stopped();
        if (!result.behind.empty()) document["pending"] = result.behind;
        // Repeats are among them.
        if (result.found_later > 0) document["accepted_dead_letters"] = result.found_later;
        out << json_text(document) << '\n';
        return;
    }
    if (is_repeat(events)) {
        out << "nothing new: all " << sentence(events.duplicates, " event", " events")
            << " had been accepted before; the daemon got each messageId within its dedupe_window\n";
    } else {
        out << sentence(events.accepted, " event accepted", " events accepted");
        const auto sent = events.total() - before.total();
        if (before.total() > 0)
            out << ", " << cli::terminal::grouped(events.accepted - before.accepted) << " of them now";
        if (sent > 0 && seconds > 0) {
            out << ", in " << cli::terminal::short_duration(seconds) << " ("
                << cli::terminal::short_rate(static_cast<double>(sent) / seconds) << "/s)";
        }
        out << '\n';
    }
    if (events.duplicates > 0 && !is_repeat(events)) {
        out << sentence(events.duplicates, " event dropped as a repeat", " events dropped as repeats")
            << ": the daemon got the messageId before\n";
    }
    if (events.dropped > 0) {
        out << sentence(events.dropped, " event dropped", " events dropped")
            << ": integrations, consent or a filter exclude the destination\n";
    }
    if (result.dead_letters > 0) {
        out << sentence(result.dead_letters, " event became a dead letter", " events became dead letters")
            << ": pintle dead-letters list shows why\n";
    }
    if (result.found_later > 0) out << describe_found_later(events, result.found_later);
    if (progress.rejected > 0 && arguments.options.rejects == "-") {
        out << sentence(progress.rejected, " line rejected\n", " lines rejected\n");
    } else if (progress.rejected > 0) {
        out << sentence(progress.rejected, " line rejected, kept in ", " lines rejected, kept in ")
            << text::shown(arguments.options.rejects)
            << (progress.rejects_from > 0 ? " after those of earlier imports\n" : "\n");
    }
    print_times(out, progress.times);
}

// What mends an error that lasts; null where nothing is known.
const char* advice(LastingError error) {
    switch (error) {
        case LastingError::none: return nullptr;
        case LastingError::unknown_host: return "--url names a host that the resolver of this machine does not know";
        case LastingError::untrusted_certificate:
            return "--ca-file FILE makes it trusted: the PEM file of the authority that issued the certificate";
        case LastingError::wrong_host_name:
            return "the certificate is for another host; --url must have a name that the certificate has";
        case LastingError::no_tls:
            return "the port does not speak TLS as https needs it; an ingest without TLS is --url http://HOST:PORT";
    }
    return nullptr;
}

void explain_stop(const Arguments& arguments, const Backfill& backfill) {
    std::cerr << "pintle: stopped after line " << backfill.progress().line << ": " << text::shown(backfill.stopped())
              << '\n';
    if (const auto* const text = advice(backfill.lasting_error())) std::cerr << text << '\n';
    const bool is_wrong_key = backfill.stopped().starts_with("401");
    const bool is_wrong_url = backfill.stopped().starts_with("404");
    if (is_wrong_key) std::cerr << "the write key is --write-key or PINTLE_WRITE_KEY\n";
    if (is_wrong_url) std::cerr << "--url is the daemon's ingest, not its admin listener\n";
    if (arguments.options.file == "-") return;
    const bool is_mistake = is_wrong_key || is_wrong_url || backfill.lasting_error() != LastingError::none;
    std::cerr << (is_mistake ? "once that is mended, " : "") << "the same command continues from there\n";
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
    const auto behind = cli::await_delivery(address, *arguments.wait);
    if (!behind) return behind.error();
    const auto letters = letters_by_message_id(address, age_of(backfill.progress()));
    if (!letters) return letters.error();
    const auto& counts = backfill.progress().events;
    if (!letters->empty()) {
        importer::for_each_message_id(
            arguments.options.file, backfill.progress().file.sha256, [&](std::uint64_t line, const std::string& id) {
                const auto found = letters->find(id);
                const bool is_new = found != letters->end() && !printer.dead_letters().contains(line);
                if (!is_new) return;
                printer.report_dead_letter(line, found->second);
            });
    }
    // The lines include those that the responses to this run named; `counts` also has those of runs that it continues.
    const auto dead_letters = std::max<std::uint64_t>(printer.dead_letters().size(), counts.dead_letters);
    return Result{dead_letters, dead_letters - counts.dead_letters, *behind};
}

// The daemon's ingest as its configuration names it, seen from this host, and unless one is given the key of its only
// source. False where the configuration has problems, or no key is known, which a retry cannot mend.
bool find_ingest(Arguments& arguments) {
    const auto config = load_or_explain(arguments.daemon.file, config::Purpose::locate);
    if (!config) return false;
    const auto& host = config->listen.host;
    const bool is_everywhere = host == "0.0.0.0" || host == "::";
    arguments.options.ingest = http::client::Endpoint{!config->ingest.certificate.empty(),
                                                      is_everywhere ? "localhost" : host, config->listen.port, ""};
    auto& key = arguments.options.write_key;
    const auto& sources = config->sources;
    if (key.empty() && sources.size() == 1 && !sources[0].write_keys.empty()) key = sources[0].write_keys.back();
    if (!key.empty() || std::ranges::any_of(sources, &config::Source::insecure_no_auth)) {
        if (arguments.daemon.file.empty())
            std::cerr << "sending to " << (arguments.options.ingest.tls ? "https://" : "http://")
                      << arguments.options.ingest.authority() << "; --url or --config names another daemon\n";
        return true;
    }
    std::cerr << "there is no write key: "
              << (sources.size() > 1 ? "the configuration has several sources; --write-key KEY or PINTLE_WRITE_KEY "
                                       "chooses one\n"
                                     : "--write-key, PINTLE_WRITE_KEY, or --config with a file that has one\n");
    return false;
}

int import_file(Arguments& arguments) {
    if (arguments.url.empty() && !find_ingest(arguments)) return exit_usage;
    if (!arguments.url.empty() && arguments.options.write_key.empty())
        std::cerr << "no write key is given; only a source with insecure_no_auth: true accepts events without one\n";
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
    admin::ApiResult<Result> result = Result{backfill.progress().events.dead_letters, 0, {}};
    if (daemon && complete) result = await_delivery(arguments, daemon->address, backfill, printer);
    summarize(arguments, backfill, before, seconds,
              result ? *result : Result{backfill.progress().events.dead_letters, 0, {}});
    if (!complete) {
        explain_stop(arguments, backfill);
        return exit_failed;
    }
    if (!result) {
        report_error(result.error());
        return exit_failed;
    }
    for (const auto& name : result->behind) {
        std::cerr << "pintle: events are still pending at " << text::shown(name) << " after a wait of "
                  << config::Duration::show(*arguments.wait) << "; pintle status shows its state\n";
    }
    const bool is_fine = result->dead_letters == 0 && backfill.progress().rejected == 0 && result->behind.empty();
    return is_fine ? exit_ok : exit_failed;
}

// Maps events as the destinations of a configuration would. A destination drops what its filter or a consent excludes.
class DryMapper {
public:
    // The destinations of the source with this write key, or all of them if no source has it.
    DryMapper(const config::Config& config, const std::string& write_key) {
        const auto has_key = [&](const config::Source& source) {
            return std::ranges::find(source.write_keys, write_key) != source.write_keys.end();
        };
        const auto source = std::ranges::find_if(config.sources, has_key);
        const auto names = source == config.sources.end() ? std::vector<std::string>{} : source->destination_names();
        for (const auto& destination : config.destinations) {
            if (!names.empty() && std::ranges::find(names, destination.name) == names.end()) continue;
            replayers_.emplace_back(ingest::ReplayPolicy{destination.mapping, destination.consent_policy(),
                                                         destination.event_filter(), config.ingest.max_event});
        }
    }

    std::optional<Reason> operator()(std::string_view event) {
        journal::DeadLetter letter;
        letter.event = event;
        letter.reason = Reason::event_too_large;  // so that its size is checked
        letter.received = wall_now();
        for (auto& replayer : replayers_) {
            const auto mapped = replayer.take(letter, letter.received, record_);
            if (!mapped && !is_drop(mapped.error())) return mapped.error();
        }
        return std::nullopt;
    }

private:
    static bool is_drop(Reason reason) {
        return reason == Reason::integration_disabled || reason == Reason::consent_denied || reason == Reason::filtered;
    }

    std::vector<ingest::Replayer> replayers_;
    std::string record_;
};

int dry_run(const Arguments& arguments) {
    config::Config config;
    const auto& file = arguments.daemon.file;
    if (file.empty()) {
        config.destinations.emplace_back();  // with the default options
    } else {
        auto loaded = load_or_explain(file, config::Purpose::transform);
        if (!loaded) return exit_usage;
        config = std::move(*loaded);
    }
    DryMapper mapper(config, arguments.options.write_key);
    LinePrinter printer(arguments);
    std::ostream& out = output(arguments);
    const auto check =
        importer::check_file(arguments.options.file, [&](std::string_view event) { return mapper(event); }, printer);
    const bool is_fine = check.rejected + check.dead_letters == 0;
    if (arguments.json) {
        out << json_text({{"dry_run", true},
                          {"events", check.events},
                          {"dead_letters", check.dead_letters},
                          {"rejected", check.rejected},
                          {"times", times_as_json(check.times)},
                          {"lines", check.lines}})
            << '\n';
        return is_fine ? exit_ok : exit_failed;
    }
    out << sentence(check.events, " event", " events") << "; nothing was sent\n";
    if (check.rejected > 0) out << sentence(check.rejected, " line is not an event\n", " lines are not events\n");
    if (check.dead_letters > 0)
        out << sentence(check.dead_letters, " event would become a dead letter\n",
                        " events would become dead letters\n");
    print_times(out, check.times);
    out << (file.empty() ? "mapped with the default options; --config FILE takes those of its destinations\n" : "")
        << "not checked: repeats, the source's rate and types, and what Customer.io says\n";
    return is_fine ? exit_ok : exit_failed;
}

void check_url(Arguments& arguments) {
    if (arguments.url.empty()) return;
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
    command
        ->add_option(
            "--url", arguments->url,
            "URL of the daemon's ingest; without it `listen` and `ingest.tls` of the configuration name one on "
            "this host (http://localhost:8080)")
        ->type_name("URL");
    command
        ->add_option("--write-key", options.write_key,
                     "Write key of the source; other users can see it in the process list")
        ->type_name("KEY")
        ->envname("PINTLE_WRITE_KEY");
    command->add_option("--ca-file", options.ca_file, "PEM file of certificates to trust in addition to the system's")
        ->type_name("FILE");
    command->add_option("--rate", options.rate, "Maximum events per second; the default is no limit")
        ->type_name("NUMBER")
        ->check(number_above_0());
    command
        ->add_option("--rejected", options.rejects,
                     "File for rejected lines (default: FILE.rejected), which are appended to it; - writes them to "
                     "stdout, and everything else to stderr")
        ->type_name("FILE");
    command->add_option("--progress", options.progress, "File for the progress (default: FILE.pintle-progress)")
        ->type_name("FILE");
    add_duration_option(
        *command, "--give-up-after", [&options](auto duration) { options.timeout = duration; },
        "How long to retry while the daemon accepts nothing: 30s, 5m, 1d, or seconds")
        ->default_str("5m");
    command->add_flag("--restart", options.restart, "Start from the beginning, regardless of earlier progress");
    command->add_flag("--dry-run", arguments->dry_run,
                      "Send nothing: only name lines that are not an event, events that would become dead letters, and "
                      "events without a time or with a time in the future");
    add_duration_option(
        *command, "--wait", [arguments = arguments.get()](auto duration) { arguments->wait = duration; },
        "At the end, wait so long for the delivery of the events, and print those that Customer.io rejects; "
        "asks the admin listener");
    add_daemon_options(*command, arguments->daemon);
    command->add_flag("--json", arguments->json,
                      "Print JSON, for programs: a line for each rejected line and each dead letter, and a summary");
    command->footer(
        "Progress is stored in FILE.pintle-progress until the end: after a stop the same command continues from "
        "there.\n"
        "An event without a messageId gets one that is always the same for this line of this file, so that the daemon\n"
        "drops events that are sent twice (within its dedupe_window). Lines that are not a JSON object, or that the\n"
        "daemon rejects, are printed and kept in FILE.rejected. Events that the daemon cannot map are printed, and it\n"
        "keeps them as dead letters; so are with --wait those that Customer.io rejects. Events without a time that "
        "can\n"
        "be read, or with one in the future, are printed and sent.\n"
        "The exit code is 0 if each line was sent, now or before, none is known to be a dead letter, and after --wait\n"
        "none is pending. It is 1 if a line was rejected or became a dead letter, or if the import stopped.\n"
        "An error that a retry cannot mend stops it at once: a wrong write key, a certificate that is not trusted, an\n"
        "unknown host.");
    command->callback([arguments, &chosen] {
        check_url(*arguments);
        if (arguments->wait && arguments->options.file == "-")
            throw CLI::ValidationError("--wait", "needs a file, which can be read again; stdin cannot");
        auto& chosen_options = arguments->options;
        if (chosen_options.rejects.empty()) {
            chosen_options.rejects = (chosen_options.file == "-" ? "stdin" : chosen_options.file) + ".rejected";
        }
        if (chosen_options.progress.empty()) chosen_options.progress = chosen_options.file + ".pintle-progress";
        chosen = [arguments] { return arguments->dry_run ? dry_run(*arguments) : import_file(*arguments); };
    });
}

}  // namespace pintle::cli
