#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "compare/comparison.hpp"
#include "compare/correction.hpp"
#include "import/display.hpp"
#include "import/progress_estimator.hpp"
#include "pintle/base/terminal_text.hpp"

namespace pintle::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t max_reports = 20;  // of lines that cannot be read
constexpr std::string_view all = "all";

struct Arguments {
    compare::ComparisonOptions options;
    std::vector<std::string> accepted;
    bool json = false;
};

// Prints lines that cannot be read, and the progress.
class Reporter {
public:
    void report(const std::string& file, std::uint64_t line, const std::string& error) {
        if (reported_ < max_reports) display_.note(file + ":" + std::to_string(line) + ": " + error);
        if (reported_ == max_reports) display_.note("further lines that cannot be read are not shown");
        ++reported_;
    }

    void show(std::uint64_t done, std::uint64_t total, std::uint64_t requests) {
        const auto now = Clock::now();
        if (!estimator_ || total != total_) {  // a pipe has no size that is known before
            estimator_.emplace(total, 0, 0, start_, "requests");
            total_ = total;
        }
        estimator_->at(done, requests, now);
        display_.show(*estimator_, now);
    }

    void end() { display_.clear(); }

private:
    importer::Display display_;
    Clock::time_point start_ = Clock::now();
    std::optional<importer::ProgressEstimator> estimator_;
    std::uint64_t total_ = 0;
    std::uint64_t reported_ = 0;
};

int run(const Arguments& arguments) {
    Reporter reporter;
    compare::ComparisonListener listener{
        [&](const std::string& file, std::uint64_t line, const std::string& error) {
            reporter.report(file, line, error);
        },
        [&](std::uint64_t done, std::uint64_t total, std::uint64_t requests) { reporter.show(done, total, requests); }};
    const auto report = compare::Comparison(arguments.options, std::move(listener)).run();
    reporter.end();
    std::cout << (arguments.json ? report.json() : report.text()) << std::flush;
    if (!std::cout) throw std::runtime_error("cannot write to stdout");
    return report.is_same() ? exit_ok : exit_failed;
}

void accept(const std::vector<std::string>& names, compare::ReportOptions& options) {
    for (const auto& name : names) {
        const auto correction = compare::find_correction(name);
        if (correction) {
            options.is_accepted[static_cast<std::size_t>(*correction)] = true;
        } else if (name == all) {
            options.is_accepted.fill(true);
        } else {
            std::string allowed(all);
            for (const auto& text : compare::correction_texts()) allowed.append(", ").append(text.name);
            throw CLI::ValidationError("--accept", "\"" + text::shown(name) + "\" is not one of " + allowed);
        }
    }
}

std::string footer() {
    std::string text =
        "A and B are files that pintle sandbox --record wrote: A of the destination that is replaced, such as\n"
        "RudderStack's or Segment's own, and B of pintle. Requests of both versions of the Track API are compared\n"
        "by what they ask of Customer.io, in any order. What pintle does differently on purpose, or by an option,\n"
        "is counted by name. It differs unless it is accepted:\n";
    std::size_t width = 0;
    for (const auto& correction : compare::correction_texts()) width = std::max(width, correction.name.size());
    for (const auto& [name, meaning] : compare::correction_texts()) {
        text.append("  ").append(name).append(width + 2 - name.size(), ' ').append(meaning).append("\n");
    }
    return text +
           "The exit code is 0 if nothing differs that is not accepted; 1 if something does, if a line cannot be\n"
           "read or if there is no operation; 2 if the command line is wrong. Recordings of any size are compared\n"
           "in at most 200 MiB of memory, if no request is larger than Customer.io accepts. The temporary files\n"
           "are at most three times as large as the recordings.";
}

}  // namespace

void add_compare_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("compare", "Compare what two destinations send to Customer.io");
    auto arguments = std::make_shared<Arguments>();
    auto& options = arguments->options;
    command->add_option("a", options.a, "Recording of the destination that is replaced; - for stdin")
        ->type_name("FILE")
        ->required();
    command->add_option("b", options.b, "Recording of pintle; - for stdin")->type_name("FILE")->required();
    command
        ->add_option("--accept", arguments->accepted,
                     "Accept what pintle does differently on purpose: names, separated by commas, or all")
        ->type_name("NAMES")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--examples", options.report.examples, "Number of examples of each kind of difference")
        ->type_name("COUNT")
        ->check(CLI::Range(std::size_t{0}, std::size_t{1'000}))
        ->capture_default_str();
    command->add_option("--temporary", options.directory, "Directory of temporary files (default: TMPDIR, or /tmp)")
        ->type_name("DIR");
    command->add_flag("--json", arguments->json, "Print JSON, for programs");
    command->footer(footer());
    command->callback([arguments, &chosen] {
        auto& chosen_options = arguments->options;
        if (chosen_options.a == "-" && chosen_options.b == "-") {
            throw CLI::ValidationError("b", "only one of both can be stdin");
        }
        accept(arguments->accepted, chosen_options.report);
        if (chosen_options.directory.empty()) chosen_options.directory = std::filesystem::temp_directory_path();
        chosen = [arguments] { return run(*arguments); };
    });
}

}  // namespace pintle::cli
