#include "compare/correction.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pintle::cli::compare {
namespace {

using json::Kind;

// Null where there is none.
const Tree* at(const Tree& tree, std::string_view outer, std::string_view inner) {
    const Tree* object = tree.find(outer);
    return object == nullptr ? nullptr : object->find(inner);
}

bool has_text(const Tree& tree, std::string_view name, std::string_view text) {
    const Tree* member = tree.find(name);
    return member != nullptr && member->is(Kind::string) && member->text() == text;
}

bool is_nameless(const Tree& operation) {
    const Tree* name = operation.find("name");
    return name == nullptr || name->is(Kind::null) || name->text().empty();
}

bool is_path(const Difference& difference, std::initializer_list<std::string_view> path) {
    return std::ranges::equal(difference.path, path);
}

bool is_only_in_b(const Difference& difference) {
    return difference.a == nullptr;
}

bool is_below(const Difference& difference, std::string_view outer) {
    return difference.path.size() > 1 && difference.path.front() == outer;
}

// JavaScript's number for B's, which is written to the last digit.
bool is_number_of_javascript(const Tree& a, const Tree& b) {
    if (!b.is(Kind::number)) return false;
    if (a.is(Kind::null)) return is_infinite_double(b.text());
    return a.is(Kind::number) && is_same_double(a.text(), b.text());
}

bool is_equal_to_javascript(const Tree& a, const Tree& b) {
    if (a == b || is_number_of_javascript(a, b)) return true;
    if (a.kind() != b.kind() || a.members().size() != b.members().size() || a.text() != b.text()) return false;
    return std::ranges::equal(a.members(), b.members(), [](const Tree::Member& left, const Tree::Member& right) {
        return left.name == right.name && is_equal_to_javascript(left.value, right.value);
    });
}

bool is_time(const Difference& difference) {
    return is_path(difference, {"timestamp"}) || is_path(difference, {"attributes", "created_at"}) ||
           is_path(difference, {"device", "last_used"});
}

bool is_whole(const Tree* value) {
    return value != nullptr && value->is(Kind::number) && value->text().find_first_of(".e") == std::string::npos;
}

// A reads seconds as milliseconds.
bool is_thousandth(const Difference& difference) {
    if (!is_time(difference) || !is_whole(difference.a) || !is_whole(difference.b)) return false;
    const std::string_view seconds = difference.b->text();
    return seconds.size() > 3 && seconds.front() != '-' &&
           difference.a->text() == seconds.substr(0, seconds.size() - 3);
}

bool is_unreadable_in_a(const Difference& difference) {
    if (!is_time(difference) || difference.a == nullptr || !difference.a->is(Kind::null)) return false;
    return difference.b == nullptr || is_whole(difference.b);
}

// One of both has the event's time as `created_at`, the other none.
bool is_injected_created_at(const Tree& a, const Tree& b, const Difference& difference) {
    if (!is_path(difference, {"attributes", "created_at"})) return false;
    const Tree* created_at = difference.a != nullptr ? difference.a : difference.b;
    if (difference.a != nullptr && difference.b != nullptr) return false;
    const Tree* time = (difference.a != nullptr ? a : b).find("timestamp");
    return time != nullptr && *time == *created_at;
}

using Leaves = std::vector<std::pair<std::string, const Tree*>>;

// The values inside of an object, with the names on the way to them joined by dots.
void collect_leaves(const std::string& name, const Tree& value, Leaves& leaves) {
    if (!value.is(Kind::object) || value.members().empty()) {
        leaves.emplace_back(name, &value);
        return;
    }
    for (const auto& member : value.members()) {
        std::string inner = name;
        collect_leaves(inner.append(".").append(member.name), member.value, leaves);
    }
}

Leaves leaves_below(const Tree& attributes, std::string_view root) {
    Leaves leaves;
    for (const auto& [name, value] : attributes.members()) {
        if (name.substr(0, name.find('.')) == root) collect_leaves(name, value, leaves);
    }
    std::ranges::sort(leaves, {}, &Leaves::value_type::first);
    return leaves;
}

// Whether a difference is of a name with dots, which stays in B and becomes an object in A: wherever A splits the name,
// the values inside are the same.
bool is_dotted_name(const Tree& a, const Tree& b, const Difference& difference) {
    const Tree* theirs = a.find("attributes");
    const Tree* ours = b.find("attributes");
    if (!is_below(difference, "attributes") || theirs == nullptr || ours == nullptr) return false;
    const std::string_view name = difference.path[1];
    const auto root = name.substr(0, name.find('.'));
    const auto is_dotted = [&](const Tree::Member& member) {
        return member.name.size() > root.size() && member.name.starts_with(root) && member.name[root.size()] == '.';
    };
    if (std::ranges::none_of(ours->members(), is_dotted)) return false;
    return std::ranges::equal(
        leaves_below(*theirs, root), leaves_below(*ours, root), [](const auto& left, const auto& right) {
            return left.first == right.first && is_equal_to_javascript(*left.second, *right.second);
        });
}

// A has no attribute but those that do not come from traits.
bool has_no_traits(const Tree& a) {
    const Tree* attributes = a.find("attributes");
    return attributes == nullptr || std::ranges::all_of(attributes->members(), [](const Tree::Member& member) {
               return member.name == "created_at" || member.name == "anonymous_id";
           });
}

bool is_zero_person(const Tree& operation) {
    for (const std::string_view role : {"identifiers", "primary", "secondary"}) {
        const Tree* id = at(operation, role, "id");
        if (id != nullptr && id->text() == "0") return true;
    }
    return false;
}

bool is_identifier(const Difference& difference) {
    return is_below(difference, "identifiers") || is_below(difference, "primary") || is_below(difference, "secondary");
}

// The same digits, as a number in A and as text in B.
bool is_number_as_text(const Difference& difference) {
    if (difference.a == nullptr || difference.b == nullptr) return false;
    return difference.a->is(Kind::number) && difference.b->is(Kind::string) &&
           difference.a->text() == difference.b->text();
}

// An identify event without user id and email.
bool is_anonymous_identify(const Tree& operation) {
    const Tree* id = at(operation, "identifiers", "id");
    const Tree* anonymous_id = at(operation, "attributes", "anonymous_id");
    return has_text(operation, "action", "identify") && id != nullptr && anonymous_id != nullptr &&
           *id == *anonymous_id;
}

bool is_page_name(const Tree& a, const Tree& b, const Difference& difference) {
    if (!has_text(a, "action", "page") || !is_nameless(a) || is_nameless(b)) return false;
    return is_path(difference, {"name"}) || (is_path(difference, {"rejected"}) && difference.b == nullptr);
}

std::optional<Correction> explain(const Tree& a, const Tree& b, const Difference& difference) {
    if (difference.a != nullptr && difference.b != nullptr && is_number_of_javascript(*difference.a, *difference.b)) {
        return Correction::number_precision;
    }
    if (is_path(difference, {"id"}) && is_only_in_b(difference)) return Correction::dedupe_id;
    if (is_thousandth(difference)) return Correction::seconds_timestamp;
    if (is_unreadable_in_a(difference)) return Correction::unreadable_timestamp;
    if (is_injected_created_at(a, b, difference)) return Correction::created_at;
    if (is_page_name(a, b, difference)) return Correction::page_name;
    if (has_text(b, "action", "merge") && is_number_as_text(difference)) return Correction::numeric_alias;
    if (is_identifier(difference) && is_zero_person(b)) return Correction::zero_id;
    if (is_dotted_name(a, b, difference)) return Correction::dotted_trait;
    if (!has_text(b, "action", "identify") || !has_text(b, "type", "person")) return std::nullopt;
    if (is_path(difference, {"attributes", "address"}) && is_only_in_b(difference)) return Correction::address_parts;
    if (is_below(difference, "attributes") && is_only_in_b(difference) && has_no_traits(a)) {
        return Correction::empty_traits;
    }
    return std::nullopt;
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace

const std::array<CorrectionText, correction_count>& correction_texts() {
    static constexpr std::array<CorrectionText, correction_count> texts{{
        {"address_parts", "the parts of an address that are no attributes stay in address"},
        {"created_at", "only one of both has the event's time as created_at (option created_at)"},
        {"dedupe_id", "an event has an id, by which Customer.io ignores a repeated delivery"},
        {"device_event", "a device event without a token or a person is an ordinary event, and not dropped"},
        {"dotted_trait", "an attribute with dots in its name keeps the name, and does not become an object"},
        {"empty_traits", "empty traits are replaced by context.traits"},
        {"identify_anonymous",
         "a person without user id and email is sent by the anonymous id (option identify_anonymous)"},
        {"number_precision", "a number is as written, to the last digit"},
        {"numeric_alias", "an alias with numbers as ids is sent, with the numbers as text"},
        {"page_name", "a page without a name has its URL or path as the name, or is not sent"},
        {"rejected_request", "what Customer.io rejects is not sent"},
        {"screen_name", "a screen without a name is not sent as \"Viewed undefined Screen\""},
        {"seconds_timestamp", "a time in seconds is not read as milliseconds"},
        {"unreadable_timestamp", "an unreadable time is replaced or left out, and not null"},
        {"zero_id", "the id 0 is an id"},
    }};
    return texts;
}

const CorrectionText& text_of(Correction correction) {
    return correction_texts()[static_cast<std::size_t>(correction)];
}

std::optional<Correction> find_correction(std::string_view name) {
    const auto& texts = correction_texts();
    const auto found = std::ranges::find(texts, name, &CorrectionText::name);
    if (found == texts.end()) return std::nullopt;
    return static_cast<Correction>(found - texts.begin());
}

std::vector<std::optional<Correction>> explain(const Tree& a, const Tree& b,
                                               const std::vector<Difference>& differences) {
    std::vector<std::optional<Correction>> corrections;
    corrections.reserve(differences.size());
    for (const auto& difference : differences) corrections.push_back(explain(a, b, difference));
    return corrections;
}

std::optional<Correction> explain_only_in_a(const Tree& operation) {
    if (has_text(operation, "action", "page") && is_nameless(operation)) return Correction::page_name;
    const bool is_screen = has_text(operation, "action", "event") || has_text(operation, "action", "screen");
    if (is_screen && has_text(operation, "name", "Viewed undefined Screen")) return Correction::screen_name;
    if (operation.find("rejected") != nullptr) return Correction::rejected_request;
    return std::nullopt;
}

std::optional<Correction> explain_only_in_b(const Tree& operation) {
    if (has_text(operation, "action", "event")) {
        for (const std::string_view name :
             {"Application Installed", "Application Opened", "Application Uninstalled", "Application Unistalled"}) {
            if (has_text(operation, "name", name)) return Correction::device_event;
        }
    }
    if (is_anonymous_identify(operation)) return Correction::identify_anonymous;
    if (is_zero_person(operation)) return Correction::zero_id;
    if (has_text(operation, "action", "merge")) {
        for (const std::string_view role : {"primary", "secondary"}) {
            const Tree* identifiers = operation.find(role);
            if (identifiers == nullptr || identifiers->members().empty()) continue;
            if (is_number(identifiers->members().front().value.text())) return Correction::numeric_alias;
        }
    }
    return std::nullopt;
}

}  // namespace pintle::cli::compare
