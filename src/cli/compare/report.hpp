#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compare/correction.hpp"
#include "compare/entry.hpp"
#include "compare/pairing.hpp"

namespace pintle::cli::compare {

// What was read of one recording.
struct RecordingCounts {
    std::string file;
    std::uint64_t requests = 0;
    std::uint64_t operations = 0;
    std::uint64_t left_out = 0;    // requests that change nothing, or that their sender sends again
    std::uint64_t repeated = 0;    // operations that Customer.io ignores, as an earlier one has their id
    std::uint64_t unreadable = 0;  // lines that are no recorded request
};

struct ReportOptions {
    std::array<bool, correction_count> is_accepted{};
    std::size_t examples = 3;  // for each kind of difference
};

// Counts what a comparison finds, by kind of difference, and keeps a few examples of each kind, those of
// the first lines. Its memory is bounded: it lists the first 1,000 kinds.
class Report {
public:
    explicit Report(ReportOptions options) : options_(options) {}

    RecordingCounts a;
    RecordingCounts b;

    void add(const Pairing& pairing);
    void add_only(Side side, const Entry& entry);

    // Whether nothing differs but accepted corrections, and both recordings were read whole and hold something.
    bool is_same() const;

    std::string text() const;  // for people: several lines, safe for a terminal
    std::string json() const;  // for programs: one line

private:
    struct Place {
        std::uint64_t line = 0;  // 0: it is not in this recording
        std::size_t item = 0;
    };
    struct Example {
        Place a;
        Place b;
        std::string person;
        std::string name;
        std::string path;     // of the member; empty for a whole operation
        std::string value_a;  // JSON, or its beginning; empty: not in this recording
        std::string value_b;
    };
    struct Kind {
        std::uint64_t count = 0;
        std::vector<Example> examples;
    };
    using KindName = std::pair<std::string, std::string>;  // the operation, and what is different

    void add_pair(const Entry& in_a, const Entry& in_b);
    void note(Kind& kind, std::uint64_t count, Example example) const;
    void note_kind(KindName name, std::uint64_t count, Example example);
    bool all_accepted() const;
    std::string summary() const;
    static std::string file_text(const char* side, const RecordingCounts& counts);
    static std::string example_text(const Example& example);
    static void write_examples(const std::vector<Example>& examples, std::string& out);
    std::vector<const std::pair<const KindName, Kind>*> kinds_by_count() const;

    ReportOptions options_;
    std::uint64_t equal_ = 0;
    std::uint64_t explained_ = 0;  // operations or pairs of them, all of whose differences are corrections
    std::uint64_t different_ = 0;
    std::uint64_t only_in_a_ = 0;
    std::uint64_t only_in_b_ = 0;
    std::array<Kind, correction_count> corrections_;
    std::map<KindName, Kind> kinds_;
    std::uint64_t unlisted_ = 0;  // differences of further kinds
};

}  // namespace pintle::cli::compare
