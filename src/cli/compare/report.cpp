#include "compare/report.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "compare/difference.hpp"
#include "compare/tree.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/json/writer.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli::compare {
namespace {

using terminal::grouped;

constexpr std::size_t max_kinds = 1'000;
constexpr std::size_t max_value = 1'000;  // bytes of a value in an example
constexpr std::size_t shown_value = 70;   // characters of a value on a terminal

// JSON, or a string with the beginning of a long one.
std::string value_text(const Tree* value) {
    if (value == nullptr) return {};
    std::string text = value->to_json();
    if (text.size() <= max_value) return text;
    std::string out;
    json::write_string(text::cut_to(std::string_view(text).substr(0, max_value), max_value / 2), out);
    return out;
}

std::string kind_of(const Difference& difference) {
    std::string text = path_text(difference.path, Indexes::left_out);
    if (difference.a == nullptr) return text + " is only in B";
    if (difference.b == nullptr) return text + " is only in A";
    return text + " differs";
}

std::string count_text(std::uint64_t count, const char* one, const char* many) {
    return grouped(count) + (count == 1 ? one : many);
}

std::string right_aligned(std::uint64_t count) {
    constexpr std::size_t width = 13;
    const auto text = grouped(count);
    return std::string(width > text.size() ? width - text.size() : 0, ' ') + text + "  ";
}

void write_counts(const RecordingCounts& counts, std::string& out) {
    json::ObjectWriter object(out);
    json::write_string(counts.file, object.member("file"));
    const auto number = [&](std::string_view name, std::uint64_t value) {
        object.number(name, static_cast<std::int64_t>(value));
    };
    number("requests", counts.requests);
    number("operations", counts.operations);
    number("left_out", counts.left_out);
    number("repeated", counts.repeated);
    number("unreadable_lines", counts.unreadable);
    object.close();
}

}  // namespace

void Report::note(Kind& kind, std::uint64_t count, Example example) const {
    kind.count += count;
    const auto is_earlier = [](const Example& left, const Example& right) {
        return std::tie(left.a.line, left.b.line, left.b.item) < std::tie(right.a.line, right.b.line, right.b.item);
    };
    kind.examples.insert(std::ranges::upper_bound(kind.examples, example, is_earlier), std::move(example));
    if (kind.examples.size() > options_.examples) kind.examples.pop_back();
}

void Report::note_kind(KindName name, std::uint64_t count, Example example) {
    const auto found = kinds_.find(name);
    if (found != kinds_.end()) return note(found->second, count, std::move(example));
    if (kinds_.size() == max_kinds) {
        unlisted_ += count;
        return;
    }
    note(kinds_[std::move(name)], count, std::move(example));
}

void Report::add(const Pairing& pairing) {
    equal_ += pairing.equal;
    a.repeated += pairing.repeated_a;
    b.repeated += pairing.repeated_b;
    for (const auto& [left, right] : pairing.different) add_pair(left, right);
}

void Report::add_pair(const Entry& in_a, const Entry& in_b) {
    const Tree left = read_tree(in_a.operation.text);
    const Tree right = read_tree(in_b.operation.text);
    const auto found = differences(left, right);
    const auto corrections = explain(left, right, found);
    const bool is_explained = std::ranges::find(corrections, std::optional<Correction>()) == corrections.end();
    ++(is_explained ? explained_ : different_);
    std::set<Correction> noted;  // each of them once for a pair
    std::set<std::string> kinds;
    for (std::size_t i = 0; i < found.size(); ++i) {
        Example example{{in_a.line, in_a.operation.item},
                        {in_b.line, in_b.operation.item},
                        in_b.operation.person,
                        in_b.operation.name,
                        path_text(found[i].path, Indexes::shown),
                        value_text(found[i].a),
                        value_text(found[i].b)};
        if (corrections[i]) {
            if (!noted.insert(*corrections[i]).second) continue;
            note(corrections_[static_cast<std::size_t>(*corrections[i])], 1, std::move(example));
        } else if (kinds.insert(kind_of(found[i])).second) {
            note_kind({in_b.operation.action, kind_of(found[i])}, 1, std::move(example));
        }
    }
}

void Report::add_only(Side side, const Entry& entry) {
    const auto& operation = entry.operation;
    const bool is_a = side == Side::a;
    const Tree tree = read_tree(operation.text);
    const Place place{entry.line, operation.item};
    Example example{is_a ? place : Place(),
                    is_a ? Place() : place,
                    operation.person,
                    operation.name,
                    {},
                    is_a ? value_text(&tree) : std::string(),
                    is_a ? std::string() : value_text(&tree)};
    if (const auto correction = is_a ? explain_only_in_a(tree) : explain_only_in_b(tree)) {
        explained_ += entry.count;
        return note(corrections_[static_cast<std::size_t>(*correction)], entry.count, std::move(example));
    }
    (is_a ? only_in_a_ : only_in_b_) += entry.count;
    std::string difference = is_a ? "is only in A" : "is only in B";
    if (!operation.name.empty()) {
        std::string name;
        json::write_string(operation.name, name);
        difference = name + " " + difference;
    }
    note_kind({operation.action, std::move(difference)}, entry.count, std::move(example));
}

bool Report::all_accepted() const {
    for (std::size_t i = 0; i < correction_count; ++i) {
        if (corrections_[i].count > 0 && !options_.is_accepted[i]) return false;
    }
    return true;
}

bool Report::is_same() const {
    const bool is_whole = a.unreadable == 0 && b.unreadable == 0;
    const bool has_operations = a.operations > 0 || b.operations > 0;
    return is_whole && has_operations && different_ == 0 && only_in_a_ == 0 && only_in_b_ == 0 && all_accepted();
}

std::vector<const std::pair<const Report::KindName, Report::Kind>*> Report::kinds_by_count() const {
    std::vector<const std::pair<const KindName, Kind>*> kinds;
    kinds.reserve(kinds_.size());
    for (const auto& kind : kinds_) kinds.push_back(&kind);
    std::ranges::stable_sort(kinds, std::ranges::greater(), [](const auto* kind) { return kind->second.count; });
    return kinds;
}

std::string Report::summary() const {
    if (is_same()) return "Nothing differs that is not accepted.";
    if (a.operations == 0 && b.operations == 0) return "There is nothing to compare.";
    const bool differs = different_ + only_in_a_ + only_in_b_ > 0;
    if (all_accepted())
        return differs ? "The recordings differ." : "Nothing differs, but not every line could be read.";
    std::string names;
    for (std::size_t i = 0; i < correction_count; ++i) {
        if (corrections_[i].count == 0) continue;
        names.append(names.empty() ? "" : ",").append(correction_texts()[i].name);
    }
    return std::string(differs ? "The recordings differ, also in what pintle does differently on purpose."
                               : "Only what pintle does differently on purpose differs.") +
           " To accept that: --accept " + names;
}

std::string Report::file_text(const char* side, const RecordingCounts& counts) {
    std::string out = std::string(side) + ": " + text::shown(counts.file) + ": " +
                      count_text(counts.operations, " operation in ", " operations in ") +
                      count_text(counts.requests, " request", " requests");
    if (counts.left_out > 0) out += ", " + grouped(counts.left_out) + " left out";
    if (counts.repeated > 0) out += ", " + grouped(counts.repeated) + " repeated";
    if (counts.unreadable > 0) {
        out += ", " + count_text(counts.unreadable, " line is not readable", " lines are not readable");
    }
    return out + "\n";
}

std::string Report::example_text(const Example& example) {
    std::string out(15, ' ');
    const auto place = [&](const char* side, const Place& at) {
        if (at.line == 0) return;
        if (out.back() != ' ') out += ", ";
        out.append(side).append(":").append(std::to_string(at.line));
        if (at.item > 0) out.append("[").append(std::to_string(at.item)).append("]");
    };
    place("A", example.a);
    place("B", example.b);
    const auto value = [](const std::string& json) {
        return json.empty() ? std::string("absent") : text::cut_to(text::shown(json), shown_value);
    };
    if (!example.person.empty()) out.append(" ").append(text::shown(example.person));
    if (!example.name.empty()) out.append(" ").append(text::shown(example.name));
    if (example.path.empty()) return out + ": " + value(example.a.line > 0 ? example.value_a : example.value_b) + "\n";
    return out + ": " + text::shown(example.path) + ": " + value(example.value_a) + " -> " + value(example.value_b) +
           "\n";
}

std::string Report::text() const {
    std::string out = file_text("A", a) + file_text("B", b) + "\n";
    out += right_aligned(equal_) + "equal\n";
    out += right_aligned(explained_) + "different as pintle intends\n";
    out += right_aligned(different_) + "different\n";
    out += right_aligned(only_in_a_) + "only in A\n";
    out += right_aligned(only_in_b_) + "only in B\n";
    bool has_title = false;
    for (std::size_t i = 0; i < correction_count; ++i) {
        const auto& kind = corrections_[i];
        if (kind.count == 0) continue;
        if (!std::exchange(has_title, true)) out += "\nAs pintle intends:\n";
        const auto& [name, meaning] = correction_texts()[i];
        out += right_aligned(kind.count) + std::string(name) + (options_.is_accepted[i] ? " (accepted)" : "") + ": " +
               std::string(meaning) + "\n";
        for (const auto& example : kind.examples) out += example_text(example);
    }
    if (!kinds_.empty()) out += "\nDifferent:\n";
    for (const auto* kind : kinds_by_count()) {
        out += right_aligned(kind->second.count) + text::shown(kind->first.first) + ": " +
               text::shown(kind->first.second) + "\n";
        for (const auto& example : kind->second.examples) out += example_text(example);
    }
    if (unlisted_ > 0) out += right_aligned(unlisted_) + "of further kinds\n";
    return out + "\n" + summary() + "\n";
}

void Report::write_examples(const std::vector<Example>& examples, std::string& out) {
    out += '[';
    for (const auto& example : examples) {
        if (out.back() != '[') out += ',';
        json::ObjectWriter object(out);
        const auto place = [&](const Place& at, const std::string& value, const std::string& side) {
            if (at.line == 0) return;
            object.number(side + "_line", static_cast<std::int64_t>(at.line));
            object.number(side + "_item", static_cast<std::int64_t>(at.item));
            if (!value.empty()) object.member(side) += value;
        };
        place(example.a, example.value_a, "a");
        place(example.b, example.value_b, "b");
        if (!example.person.empty()) json::write_string(example.person, object.member("person"));
        if (!example.name.empty()) json::write_string(example.name, object.member("name"));
        if (!example.path.empty()) json::write_string(example.path, object.member("path"));
        object.close();
    }
    out += ']';
}

std::string Report::json() const {
    std::string out;
    json::ObjectWriter object(out);
    object.member("same") += is_same() ? "true" : "false";
    write_counts(a, object.member("a"));
    write_counts(b, object.member("b"));
    const auto number = [&](std::string_view name, std::uint64_t value) {
        object.number(name, static_cast<std::int64_t>(value));
    };
    number("equal", equal_);
    number("explained", explained_);
    number("different", different_);
    number("only_in_a", only_in_a_);
    number("only_in_b", only_in_b_);
    auto& corrections = object.member("corrections") += '[';
    for (std::size_t i = 0; i < correction_count; ++i) {
        if (corrections_[i].count == 0) continue;
        if (corrections.back() != '[') corrections += ',';
        json::ObjectWriter correction(corrections);
        correction.literal("name", correction_texts()[i].name);
        json::write_string(correction_texts()[i].meaning, correction.member("meaning"));
        correction.number("count", static_cast<std::int64_t>(corrections_[i].count));
        correction.member("accepted") += options_.is_accepted[i] ? "true" : "false";
        write_examples(corrections_[i].examples, correction.member("examples"));
        correction.close();
    }
    corrections += ']';
    auto& differences = object.member("differences") += '[';
    for (const auto* kind : kinds_by_count()) {
        if (differences.back() != '[') differences += ',';
        json::ObjectWriter difference(differences);
        json::write_string(kind->first.first, difference.member("operation"));
        json::write_string(kind->first.second, difference.member("difference"));
        difference.number("count", static_cast<std::int64_t>(kind->second.count));
        write_examples(kind->second.examples, difference.member("examples"));
        difference.close();
    }
    differences += ']';
    number("unlisted_differences", unlisted_);
    object.close();
    return text::plain_json(std::move(out)) + "\n";
}

}  // namespace pintle::cli::compare
