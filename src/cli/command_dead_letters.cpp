#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/beast/http/verb.hpp>
#include <nlohmann/json.hpp>

#include "admin_client.hpp"
#include "commands.hpp"
#include "daemon_locator.hpp"
#include "dead_letter_source.hpp"
#include "dead_letter_text.hpp"
#include "delivery_wait.hpp"
#include "duration_option.hpp"
#include "import/input_file.hpp"
#include "import/line.hpp"
#include "journal_source.hpp"
#include "json_text.hpp"
#include "number_option.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/sha256.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/values.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

using admin::ApiError;
using admin::DeadLetterQuery;
using nlohmann::ordered_json;

constexpr std::size_t page = 100;
constexpr std::size_t transfer_page = 1'000;         // letters of a response
constexpr std::size_t max_step = 250;                // letters of one request of an import
constexpr std::size_t max_step_bytes = 512 << 10;    // unless one letter is larger
constexpr std::size_t max_part_bytes = 64UL << 20U;  // of an import's letters in memory
constexpr std::size_t max_names = 8000;              // bytes of letters' names per request: a head has 16 KiB

struct Arguments {
    DaemonOptions daemon;
    std::string directory;
    DeadLetterQuery query;
    std::size_t limit = 0;
    bool json = false;
    bool yes = false;                               // a purge deletes them
    std::optional<std::chrono::milliseconds> wait;  // for the delivery of replayed events
    std::string file = "-";                         // of an import
    std::string destination;                        // instead of the letters' own
};

// Reads from the running daemon, or without one from its directory.
class LetterReader {
public:
    explicit LetterReader(const JournalLocation& location,
                          DaemonLetters::Detail detail = DaemonLetters::Detail::redacted)
        : source_(location.daemon ? std::make_unique<DaemonLetters>(*location.daemon, detail) : nullptr,
                  location.directory,
                  [](const std::string& directory) { return std::make_unique<DirectoryLetters>(directory); }) {}

    admin::ApiResult<DeadLetterPage> list(const DeadLetterQuery& query) {
        return source_.ask([&](DeadLetterSource& source) { return source.list(query); });
    }
    std::uint64_t unreadable() const { return source_.unreadable(); }

private:
    JournalSource<DeadLetterSource> source_;
};

int list(const Arguments& arguments) {
    const auto location = find_journal(arguments.daemon, arguments.directory);
    if (!location) return exit_usage;
    LetterReader reader(*location);
    DeadLetterTable table;
    auto query = arguments.query;
    auto left = arguments.limit > 0 ? arguments.limit : SIZE_MAX;
    bool any = false;
    do {
        query.limit = std::min(left, page);
        const auto found = reader.list(query);
        if (!found) return report_error_of_filter(found.error(), query.destination);
        if (arguments.json) {
            for (const auto& letter : found->letters) std::cout << text::plain_json(letter) << '\n';
        } else if (!found->letters.empty()) {
            const auto lines = table.lines(found->letters);
            std::cout << (any ? "" : table.header()) << lines;
        }
        any = any || !found->letters.empty();
        left -= found->letters.size();
        query.after = found->next;
    } while (!query.after.empty() && left > 0);
    if (!any && !arguments.json) std::cerr << "no dead letters\n";
    return report_unreadable(reader.unreadable());
}

// Which destination of a daemon gets the letters of a name: its own, one that was called so, or none.
class LetterOwners {
public:
    explicit LetterOwners(AdminAddress daemon) : daemon_(std::move(daemon)), letters_(daemon_) {}

    // Asks the daemon for its destinations; must be called first.
    std::optional<ApiError> load() {
        const auto response = fetch_json(daemon_, boost::beast::http::verb::get, "/api/config");
        if (!response) return response.error();
        const auto document = parse_json<ordered_json>(*response);
        const auto config = document.value("config", ordered_json::object());
        for (const auto& destination : config.value("destinations", ordered_json::array())) {
            const auto name = destination.value("name", "");
            configured_ += (configured_.empty() ? "" : ", ") + name;
            owners_[name] = name;
            for (const auto& earlier : destination.value("formerly", ordered_json::array()))
                owners_.emplace(earlier.get<std::string>(), name);
        }
        return std::nullopt;
    }

    // Nothing where the daemon has no such destination, not even the letters of one.
    admin::ApiResult<std::optional<std::string>> owner_of(const std::string& name) {
        auto owner = owners_.find(name);
        if (owner == owners_.end()) {
            DeadLetterQuery query;
            query.destination = name;
            query.limit = 1;
            const auto found = letters_.list(query);
            if (!found && found.error().status != 404) return found.error();
            owner = owners_.emplace(name, found ? std::optional(name) : std::nullopt).first;
        }
        return owner->second;
    }

    // Of a destination that was called `name`; nothing where there is none.
    std::optional<std::string> present_name(const std::string& name) const {
        const auto owner = owners_.find(name);
        return owner == owners_.end() || owner->second == name ? std::nullopt : owner->second;
    }

    const std::string& configured() const noexcept { return configured_; }

private:
    AdminAddress daemon_;
    DaemonLetters letters_;
    std::map<std::string, std::optional<std::string>> owners_;
    std::string configured_;  // the destinations' names, for people
};

// Where the letter's destination has another name now.
void hint_at_rename(const JournalLocation& location, const std::string& letter) {
    const auto slash = letter.rfind('/');
    if (!location.daemon || slash == std::string::npos) return;
    LetterOwners owners(*location.daemon);
    if (owners.load()) return;
    const auto name = letter.substr(0, slash);
    const auto present = owners.present_name(name);
    if (!present) return;
    std::cerr << text::shown(name) << " is called " << text::shown(*present) << " now: pintle dead-letters show "
              << text::shown(*present + letter.substr(slash)) << '\n';
}

int show(const Arguments& arguments) {
    const auto location = find_journal(arguments.daemon, arguments.directory);
    if (!location) return exit_usage;
    LetterReader reader(*location);
    const auto found = reader.list(arguments.query);
    if (!found || found->letters.empty()) hint_at_rename(*location, arguments.query.letters.front());
    if (!found) return report_error(found.error());
    if (found->letters.empty()) {
        std::cerr << "there is no dead letter " << text::shown(arguments.query.letters.front())
                  << "; `pintle dead-letters list` prints them all\n";
        return exit_failed;
    }
    const auto& letter = found->letters.front();
    std::cout << (arguments.json ? text::plain_json(letter) + "\n" : describe_letter(letter));
    return exit_ok;
}

// Calls `take` with each letter; the error of the first step that fails.
template <class Source, class Take>
std::optional<ApiError> for_each_letter(Source& source, DeadLetterQuery query, Take take) {
    query.limit = transfer_page;
    do {
        const auto found = source.list(query);
        if (!found) return found.error();
        for (const auto& letter : found->letters) take(letter);
        query.after = found->next;
    } while (!query.after.empty());
    return std::nullopt;
}

int export_letters(const Arguments& arguments) {
    const auto location = find_journal(arguments.daemon, arguments.directory);
    if (!location) return exit_usage;
    LetterReader reader(*location, DaemonLetters::Detail::whole);
    std::uint64_t exported = 0;
    const auto error = for_each_letter(reader, arguments.query, [&](const std::string& letter) {
        std::cout << text::plain_json(letter) << '\n';
        ++exported;
    });
    if (error) return report_error_of_filter(*error, arguments.query.destination);
    std::cout.flush();
    if (!std::cout) {
        std::cerr << "pintle: the output cannot be written\n";
        return exit_failed;
    }
    std::cerr << "exported " << exported << (exported == 1 ? " dead letter\n" : " dead letters\n");
    return report_unreadable(reader.unreadable());
}

// Sends letters to a daemon. Two letters are the same if their texts are; `letter_of` leaves out the ids. Letters that
// the daemon has are not sent: it is asked for those of the same time, for one part of the file at a time.
class LetterImport {
public:
    LetterImport(const AdminAddress& daemon, std::string destination)
        : letters_(daemon, DaemonLetters::Detail::whole), destination_(std::move(destination)) {}

    std::optional<ApiError> add(const journal::DeadLetter& letter) {
        auto text = admin::to_json(letter);
        const auto hash = sha256({text});
        if (!is_known_.emplace(hash, false).second) {
            ++repeats_;
            return std::nullopt;
        }
        part_bytes_ += text.size();
        first_ = part_.empty() ? letter.dead_lettered_at : std::min(first_, letter.dead_lettered_at);
        last_ = part_.empty() ? letter.dead_lettered_at : std::max(last_, letter.dead_lettered_at);
        part_.push_back({hash, std::move(text)});
        return part_bytes_ >= max_part_bytes ? send() : std::nullopt;
    }

    // Sends what was added and is not there yet.
    std::optional<ApiError> send() {
        if (part_.empty()) return std::nullopt;
        auto error = find_known();
        for (auto& [hash, text] : part_) {
            if (error) break;
            if (is_known_.at(hash)) {
                ++present_;
                continue;
            }
            if (step_bytes_ + text.size() > max_step_bytes || step_.size() == max_step) error = send_step();
            step_bytes_ += text.size();
            step_.push_back(std::move(text));
        }
        if (!error) error = send_step();
        if (!error) present_ += repeats_;
        repeats_ = 0;
        part_.clear();
        is_known_.clear();
        part_bytes_ = 0;
        return error;
    }

    std::string text() const {
        std::string line =
            "imported " + std::to_string(imported_) + (imported_ == 1 ? " dead letter" : " dead letters");
        if (present_ > 0)
            line += "; " + std::to_string(present_) + (present_ == 1 ? " exists already" : " exist already");
        return line;
    }

private:
    struct Letter {
        Sha256 hash;
        std::string text;
    };

    // Marks those letters of the part that the daemon has. Keeps no other letter in memory.
    std::optional<ApiError> find_known() {
        DeadLetterQuery query;
        query.destination = destination_;
        if (first_ != WallTime{}) {  // the time of each is known
            query.since = to_iso8601(first_);
            query.until = to_iso8601(last_);
        }
        return for_each_letter(letters_, query, [&](const std::string& text) {
            const auto letter = admin::letter_of(text);
            if (!letter) return;
            const auto found = is_known_.find(sha256({admin::to_json(*letter)}));
            if (found != is_known_.end()) found->second = true;
        });
    }

    std::optional<ApiError> send_step() {
        if (step_.empty()) return std::nullopt;
        const auto response = letters_.import(step_);
        if (!response) return response.error();
        imported_ += step_.size();
        step_.clear();
        step_bytes_ = 0;
        return std::nullopt;
    }

    DaemonLetters letters_;
    std::string destination_;
    std::vector<Letter> part_;
    std::map<Sha256, bool> is_known_;  // the letters of the part; true: the daemon has it
    std::uint64_t repeats_ = 0;        // letters that the part has twice
    std::size_t part_bytes_ = 0;
    WallTime first_;  // when letters of the part were dead-lettered
    WallTime last_;
    std::vector<std::string> step_;
    std::size_t step_bytes_ = 0;
    std::uint64_t imported_ = 0;
    std::uint64_t present_ = 0;
};

// Lines of an import that it leaves out.
struct LeftOut {
    std::string file;
    std::uint64_t unreadable = 0;
    std::uint64_t unowned = 0;  // letters of a destination that the daemon does not have

    void add(std::uint64_t& counter, std::uint64_t line, const std::string& why) const {
        ++counter;
        std::cerr << (file == "-" ? "stdin" : text::shown(file)) << ':' << line << ": " << text::shown(why) << '\n';
    }

    void print() const {
        if (unreadable > 0)
            std::cerr << unreadable << (unreadable == 1 ? " line is" : " lines are") << " not a dead letter\n";
        if (unowned > 0)
            std::cerr << unowned << (unowned == 1 ? " dead letter has" : " dead letters have")
                      << " no destination here and " << (unowned == 1 ? "was" : "were") << " not imported\n";
    }
};

int import_letters(const Arguments& arguments) {
    const auto location = find_journal(arguments.daemon, arguments.directory);
    if (!location) return exit_usage;
    LetterOwners owners(*location->daemon);
    LetterImport import(*location->daemon, arguments.destination);
    importer::InputFile input(arguments.file, importer::InputFile::Use::shared);
    auto error = owners.load();
    LeftOut left_out{arguments.file};
    importer::Line line;
    while (!error && input.next(line)) {
        if (line.text.find_first_not_of(" \t\r") == std::string::npos) continue;
        auto letter = admin::letter_of(line.text);
        if (!letter) {
            left_out.add(left_out.unreadable, line.number, letter.error().message);
            continue;
        }
        if (!arguments.destination.empty()) {
            letter->destination = arguments.destination;
        } else {
            const auto owner = owners.owner_of(letter->destination);
            if (!owner) {
                error = owner.error();
                break;
            }
            if (!*owner) {
                left_out.add(left_out.unowned, line.number,
                             "there is no destination " + config::in_quotes(letter->destination) +
                                 "; allowed: " + owners.configured() + "; --destination NAME imports it for another");
                continue;
            }
            letter->destination = **owner;
        }
        error = import.add(*letter);
    }
    if (!error) error = import.send();
    std::cout << import.text() << '\n';
    left_out.print();
    if (error) return report_error(*error);
    return left_out.unreadable + left_out.unowned > 0 ? exit_failed : exit_ok;
}

bool has_filter(const DeadLetterQuery& query) {
    return query.all || !query.letters.empty() || !query.destination.empty() || !query.reason.empty() ||
           !query.user.empty() || !query.message_id.empty() || !query.since.empty() || !query.until.empty();
}

// Splits many names into several requests.
std::vector<DeadLetterQuery> requests(const DeadLetterQuery& query) {
    std::vector<DeadLetterQuery> requests(1, query);
    requests.back().letters.clear();
    std::size_t bytes = 0;
    for (const auto& name : query.letters) {
        bytes += name.size() * 3 + std::string_view("&letter=").size();
        if (bytes > max_names && !requests.back().letters.empty()) {
            requests.push_back(requests.back());
            requests.back().letters.clear();
            bytes = 0;
        }
        requests.back().letters.push_back(name);
    }
    return requests;
}

// What a command does with dead letters.
struct Change {
    std::string verb;
    std::string done;
    bool keeps = false;  // letters that cannot be changed are kept, and named
    std::string note;    // on stderr where something was changed; empty: nothing
};

// Sums up the steps of a replay or purge.
struct ChangeTotals {
    std::string counted;  // the member of a response that counts the letters
    std::uint64_t changed = 0;
    std::map<std::string, std::uint64_t> by_reason;  // of a dry run
    ordered_json kept = ordered_json::array();

    void add(const ordered_json& response) {
        changed += read_unsigned(response.value(counted, ordered_json())).value_or(0);
        if (response.contains("kept")) kept.insert(kept.end(), response["kept"].begin(), response["kept"].end());
        if (!response.contains("by_reason")) return;
        for (const auto& [reason, count] : response["by_reason"].items())
            by_reason[reason] += read_unsigned(count).value_or(0);
    }

    void print(const Change& change, bool dry_run, bool json) const {
        if (json) {
            ordered_json document = {{change.done, dry_run ? 0 : changed}};
            if (dry_run) {
                document[counted] = changed;
                document["by_reason"] = by_reason;
            }
            if (change.keeps) document["kept"] = kept;
            std::cout << text::plain_json(document.dump()) << '\n';
            return;
        }
        for (const auto& letter : kept) {
            std::cout << "kept " << text::shown(letter.at("letter").get<std::string>()) << ": "
                      << text::shown(letter.at("message").get<std::string>()) << '\n';
        }
        std::cout << (dry_run ? "would " + change.verb : change.done) << ' ' << changed
                  << (changed == 1 ? " dead letter" : " dead letters");
        if (!kept.empty()) std::cout << (dry_run ? ", would keep " : ", kept ") << kept.size();
        std::cout << '\n';
        for (const auto& [reason, count] : by_reason) std::cout << "  " << text::shown(reason) << ' ' << count << '\n';
        if (!dry_run && changed > 0 && !change.note.empty()) std::cerr << change.note << '\n';
    }
};

// Where the letters are changed; nothing where the command line is wrong, which is explained.
std::optional<AdminAddress> find_changed(const Arguments& arguments) {
    if (!has_filter(arguments.query)) {
        std::cerr << "which dead letters? Name them (DESTINATION/ID), select them by --reason, --user, --message-id, "
                     "--since, --until or --destination, or use --all\n";
        return std::nullopt;
    }
    auto daemon = find_daemon(arguments.daemon);
    if (!daemon) return std::nullopt;
    return std::move(daemon->address);
}

// Those of the letters that the query names that are not there or do not match the rest of it.
admin::ApiResult<std::vector<std::string>> missing_letters(DaemonLetters& letters, const DeadLetterQuery& query) {
    std::set<std::string> missing(query.letters.begin(), query.letters.end());
    if (missing.empty()) return std::vector<std::string>{};
    auto listed = query;
    listed.dry_run = false;
    const auto error = for_each_letter(
        letters, listed, [&](const std::string& letter) { missing.erase(text_of(member_of(letter, "letter"))); });
    if (error) return *error;
    return std::vector(missing.begin(), missing.end());
}

// Repeats `step` until no letter is left.
template <class Step>
int change_letters(const Arguments& arguments, const AdminAddress& daemon, const Change& change, Step step) {
    DaemonLetters letters(daemon);
    const bool dry_run = arguments.query.dry_run;
    ChangeTotals totals;
    totals.counted = dry_run ? "would_" + change.verb : change.done;
    std::vector<std::string> missing;
    for (auto query : requests(arguments.query)) {
        const auto absent = missing_letters(letters, query);
        if (!absent) return report_error_of_filter(absent.error(), query.destination);
        missing.insert(missing.end(), absent->begin(), absent->end());
        do {
            const admin::ApiResult<std::string> response = step(letters, query);
            if (!response) {
                if (totals.changed > 0) totals.print(change, dry_run, arguments.json);
                return report_error_of_filter(response.error(), query.destination);
            }
            const auto document = parse_json<ordered_json>(*response);
            totals.add(document);
            query.after = document.value("next", "");
        } while (!query.after.empty());
    }
    totals.print(change, dry_run, arguments.json);
    for (const auto& name : missing)
        std::cerr << "pintle: dead letter " << text::shown(name) << " does not exist or does not match\n";
    return totals.kept.empty() && missing.empty() ? exit_ok : exit_failed;
}

// The events of dead letters, by destination and message id: a replay gives a letter another id if it fails again.
using LetterEvents = std::set<std::pair<std::string, std::string>>;

admin::ApiResult<LetterEvents> events_of(const AdminAddress& daemon, const std::vector<DeadLetterQuery>& queries) {
    DaemonLetters letters(daemon);
    LetterEvents events;
    for (const auto& query : queries) {
        const auto error = for_each_letter(letters, query, [&](const std::string& letter) {
            events.emplace(text_of(member_of(letter, "destination")),
                           text_of(member_of(member_of(letter, "event"), "messageId")));
        });
        if (error) return *error;
    }
    return events;
}

// Waits for the delivery of replayed events, and tells how many of them are dead letters again.
int await_replayed(const Arguments& arguments, const AdminAddress& daemon, const LetterEvents& replayed,
                   std::chrono::steady_clock::time_point start) {
    std::cerr << "waiting until the events are delivered" << std::endl;
    const auto behind = await_delivery(daemon, *arguments.wait);
    if (!behind) return report_error(behind.error());
    DeadLetterQuery since;
    const auto age = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
    since.since = std::to_string(age.count() + 1) + "s";
    const auto letters = events_of(daemon, {since});
    if (!letters) return report_error(letters.error());
    const auto again = std::ranges::count_if(replayed, [&](const auto& event) { return letters->contains(event); });
    if (again > 0)
        std::cerr << "pintle: " << again << (again == 1 ? " of them is a dead letter" : " of them are dead letters")
                  << " again; `pintle dead-letters list` names the reasons\n";
    for (const auto& name : *behind) {
        std::cerr << "pintle: events are still pending at " << text::shown(name) << " after a wait of "
                  << config::Duration::show(*arguments.wait) << "; pintle status shows its state\n";
    }
    return again == 0 && behind->empty() ? exit_ok : exit_failed;
}

int replay(const Arguments& arguments) {
    const auto daemon = find_changed(arguments);
    if (!daemon) return exit_usage;
    const auto start = std::chrono::steady_clock::now();
    const bool waits = arguments.wait && !arguments.query.dry_run;
    admin::ApiResult<LetterEvents> events = LetterEvents{};
    if (waits) events = events_of(*daemon, requests(arguments.query));
    if (!events) return report_error_of_filter(events.error(), arguments.query.destination);
    Change change{"replay", "replayed", true, ""};
    if (!waits) change.note = "replayed events are pending again, not delivered yet; --wait tells what becomes of them";
    const int result = change_letters(arguments, *daemon, change,
                                      [](auto& letters, const auto& query) { return letters.replay(query); });
    if (!waits) return result;
    const int waited = await_replayed(arguments, *daemon, *events, start);
    return result == exit_ok ? waited : result;
}

int purge(const Arguments& given) {
    Arguments arguments = given;
    const bool is_asked = !arguments.query.dry_run && !arguments.yes;
    arguments.query.dry_run = arguments.query.dry_run || is_asked;
    const auto daemon = find_changed(arguments);
    if (!daemon) return exit_usage;
    const int result = change_letters(arguments, *daemon, {"purge", "purged", false, ""},
                                      [](auto& letters, const auto& query) { return letters.purge(query); });
    if (!is_asked || result != exit_ok) return result;
    std::cerr << "nothing is deleted yet; to do so, repeat the command with --yes\n";
    return exit_usage;
}

void add_filters(CLI::App& command, Arguments& arguments) {
    auto& query = arguments.query;
    command.add_option("--destination", query.destination, "Only dead letters of this destination")->type_name("NAME");
    command
        .add_option("--reason", query.reason,
                    "Only dead letters with this reason code, or whose message contains this text, in any case; text "
                    "with the form of a code, such as rejected_400, must be one")
        ->type_name("TEXT");
    command.add_option("--user", query.user, "Only dead letters of this user id, email, anonymous id or previousId")
        ->type_name("ID");
    command.add_option("--message-id", query.message_id, "Only the dead letter of the event with this messageId")
        ->type_name("ID");
    command
        .add_option("--since", query.since,
                    "Only those dead-lettered since this time: ISO 8601, or 2h for two hours ago; a date alone is its "
                    "start, 00:00 UTC")
        ->type_name("TIME");
    command
        .add_option("--until", query.until,
                    "Only those dead-lettered until this time; a date alone is its start, so that the day itself is "
                    "not among them")
        ->type_name("TIME");
}

}  // namespace

void add_dead_letters_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("dead-letters",
                                       "List the events that could not be delivered, replay them, or "
                                       "delete them");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& description, int (*run)(const Arguments&)) {
        auto* sub = command->add_subcommand(name, description);
        auto arguments = std::make_shared<Arguments>();
        add_daemon_options(*sub, arguments->daemon);
        sub->add_flag("--json", arguments->json, "Print JSON, for programs");
        sub->callback([&chosen, arguments, run] { chosen = [arguments, run] { return run(*arguments); }; });
        return std::pair(sub, arguments);
    };
    {
        auto [sub, arguments] = add("list", "List dead letters, oldest first", list);
        add_directory_option(*sub, arguments->directory);
        add_filters(*sub, *arguments);
        sub->add_option("--limit", arguments->limit, "Maximum number of dead letters; 0: all")
            ->capture_default_str()
            ->type_name("COUNT")
            ->check(whole_number());
    }
    {
        auto [sub, arguments] = add("show", "Show a dead letter with its event, request and response", show);
        add_directory_option(*sub, arguments->directory);
        sub->add_option("letter", arguments->query.letters, "Its name, as `list` prints it")
            ->type_name("DESTINATION/ID")
            ->required()
            ->expected(1);
    }
    const auto add_change = [&](const std::string& name, const std::string& description, int (*run)(const Arguments&)) {
        auto [sub, arguments] = add(name, description, run);
        add_filters(*sub, *arguments);
        sub->add_option("letters", arguments->query.letters, "Names, as `list` prints them")
            ->type_name("DESTINATION/ID");
        sub->add_flag("--all", arguments->query.all, "All dead letters");
        sub->add_flag("--dry-run", arguments->query.dry_run, "Only say how many it would take, and of which reasons");
        return std::pair(sub, arguments);
    };
    {
        auto [sub, arguments] =
            add("export",
                "Write whole dead letters to stdout as JSON, one a line, whatever admin.redact says; "
                "takes a token with the role operate",
                export_letters);
        add_directory_option(*sub, arguments->directory);
        add_filters(*sub, *arguments);
    }
    {
        auto [sub, arguments] =
            add("import",
                "Add the dead letters that `export` wrote; those that exist already are skipped, so "
                "that it can be repeated",
                import_letters);
        sub->add_option("file", arguments->file, "A file; without one, stdin")->type_name("FILE");
        sub->footer(
            "A letter of an earlier name of a destination (its `formerly`) is imported for that destination. A line "
            "that "
            "is not\na dead letter, or is one of a destination that the daemon does not have, is named and left out; "
            "the exit code\nis then 1.");
        sub->add_option("--destination", arguments->destination, "The destination that gets them, instead of their own")
            ->type_name("NAME");
    }
    {
        auto [sub, arguments] = add_change(
            "replay", "Map dead letters again and send them after the pending events of the same person", replay);
        add_duration_option(
            *sub, "--wait", [arguments = arguments.get()](auto duration) { arguments->wait = duration; },
            "At the end, wait so long for the delivery of the events, and say how many are dead letters again");
        sub->footer(
            "The exit code is 0 if each of them is pending again, and with --wait if each was delivered. It is 1 if "
            "one was\nkept, as it still cannot be mapped, or does not exist, and with --wait if one is a dead letter "
            "again or still\npending.");
    }
    {
        auto [sub, arguments] = add_change("purge", "Permanently delete dead letters", purge);
        sub->add_flag("--yes", arguments->yes, "Delete them; without this option the command says how many they are");
    }
}

}  // namespace pintle::cli
