#include "compare/pairing.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

#include "compare/correction.hpp"
#include "compare/difference.hpp"

namespace pintle::cli::compare {
namespace {

constexpr std::uint64_t max_listed_copies = 1'000;
constexpr std::size_t max_compared = 64;  // operations of each side that are compared with each other

using Indexes = std::vector<std::size_t>;

void append(std::string& key, std::string_view part) {
    key.append(std::to_string(part.size())).append(":").append(part);
}

std::string key_of(std::initializer_list<std::string_view> parts) {
    std::string key;
    for (const auto part : parts) append(key, part);
    return key;
}

std::string key_by_id(const Entry& entry) {
    const auto& operation = entry.operation;
    return operation.id.empty() ? std::string() : key_of({operation.person, operation.action, operation.id});
}

std::string key_by_time(const Entry& entry) {
    const auto& operation = entry.operation;
    if (operation.time.empty()) return {};
    return key_of({operation.person, operation.action, operation.name, operation.time});
}

std::string key_by_name(const Entry& entry) {
    const auto& operation = entry.operation;
    return key_of({operation.person, operation.action, operation.name});
}

// Of a page that has no name on one side.
std::string key_of_page(const Entry& entry) {
    const auto& operation = entry.operation;
    if (operation.action != "person page" || operation.time.empty()) return {};
    return key_of({operation.person, operation.time});
}

bool is_page_without_name(const Entry& entry) {
    return entry.operation.name.empty();
}

// Few differences first, and those that pintle makes on purpose last.
std::size_t distance(const Tree& a, const Tree& b) {
    const auto found = differences(a, b);
    const auto corrections = explain(a, b, found);
    const auto unexplained = static_cast<std::size_t>(std::ranges::count(corrections, std::optional<Correction>()));
    return unexplained * 10'000 + found.size();
}

// The operations of one side that still have no counterpart.
class Unpaired {
public:
    explicit Unpaired(std::vector<Entry> entries) : entries_(std::move(entries)), is_taken_(entries_.size()) {}

    std::size_t size() const noexcept { return entries_.size(); }
    const Entry& operator[](std::size_t index) const { return entries_[index]; }
    bool is_taken(std::size_t index) const { return is_taken_[index]; }

    Entry take(std::size_t index) {
        is_taken_[index] = true;
        return std::move(entries_[index]);
    }

    std::vector<Entry> rest() && {
        std::vector<Entry> left;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (!is_taken_[i]) left.push_back(std::move(entries_[i]));
        }
        return left;
    }

private:
    std::vector<Entry> entries_;
    std::vector<bool> is_taken_;
};

struct Group {
    Indexes a;
    Indexes b;
};

void pair_block(std::span<const std::size_t> left, std::span<const std::size_t> right, Unpaired& a, Unpaired& b,
                Pairing& pairing) {
    std::vector<Tree> left_trees;
    std::vector<Tree> right_trees;
    for (const auto i : left) left_trees.push_back(read_tree(a[i].operation.text));
    for (const auto i : right) right_trees.push_back(read_tree(b[i].operation.text));
    std::vector<std::tuple<std::size_t, std::size_t, std::size_t>> candidates;
    for (std::size_t i = 0; i < left.size(); ++i) {
        for (std::size_t j = 0; j < right.size(); ++j) {
            candidates.emplace_back(distance(left_trees[i], right_trees[j]), i, j);
        }
    }
    std::ranges::sort(candidates);
    for (const auto& [distance, i, j] : candidates) {
        if (a.is_taken(left[i]) || b.is_taken(right[j])) continue;
        pairing.different.emplace_back(a.take(left[i]), b.take(right[j]));
    }
}

void pair_group(const Group& group, Unpaired& a, Unpaired& b, Pairing& pairing) {
    if (group.a.size() == 1 && group.b.size() == 1) {
        pairing.different.emplace_back(a.take(group.a[0]), b.take(group.b[0]));
        return;
    }
    const auto pairs = std::max(group.a.size(), group.b.size());
    for (std::size_t first = 0; first < pairs; first += max_compared) {
        const auto block = [&](const Indexes& indexes) {
            const auto begin = std::min(first, indexes.size());
            return std::span(indexes).subspan(begin, std::min(max_compared, indexes.size() - begin));
        };
        pair_block(block(group.a), block(group.b), a, b, pairing);
    }
}

// Pairs the operations for which `key_of_entry` gives the same key, which is not empty.
template <class Key, class IsEligible>
void pair_by(Key key_of_entry, IsEligible is_eligible_in_a, Unpaired& a, Unpaired& b, Pairing& pairing) {
    std::unordered_map<std::string, Group> groups;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a.is_taken(i) || a[i].count > 1 || !is_eligible_in_a(a[i])) continue;
        if (auto key = key_of_entry(a[i]); !key.empty()) groups[std::move(key)].a.push_back(i);
    }
    Indexes firsts;  // in the order of B, so that the result does not depend on the hash
    for (std::size_t i = 0; i < b.size(); ++i) {
        if (b.is_taken(i) || b[i].count > 1) continue;
        const auto group = groups.find(key_of_entry(b[i]));
        if (group == groups.end()) continue;
        if (group->second.b.empty()) firsts.push_back(i);
        group->second.b.push_back(i);
    }
    for (const auto first : firsts) pair_group(groups.at(key_of_entry(b[first])), a, b, pairing);
}

constexpr auto any = [](const Entry&) { return true; };

void sort_by_place(std::vector<Entry>& entries) {
    std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.line, entry.operation.item); });
}

}  // namespace

void Pairer::add(Side side, Entry entry) {
    auto& operation = entry.operation;
    auto& copies = copies_[std::move(operation.text)];
    auto& found = side == Side::a ? copies.a : copies.b;
    if (found.count == 0) {
        found.line = entry.line;
        found.item = operation.item;
    }
    found.count += entry.count;
    if (copies.a.count + copies.b.count > entry.count) return;
    operation.text.clear();
    copies.operation = std::move(operation);
}

// What one side has more of is listed for pairing.
void Pairer::keep_rest(const std::string& text, const Copies& copies, std::uint64_t equal, Pairing& pairing) {
    const auto keep = [&](const Copies::Occurrences& found, std::vector<Entry>& list) {
        auto left = found.count - equal;
        Entry entry{copies.operation, found.line, 1};
        entry.operation.text = text;
        entry.operation.item = found.item;
        for (; left > 0 && left <= max_listed_copies; --left) list.push_back(entry);
        entry.count = left;
        if (left > 0) list.push_back(std::move(entry));
    };
    keep(copies.a, pairing.only_in_a);
    keep(copies.b, pairing.only_in_b);
}

Pairing Pairer::finish() {
    Pairing pairing;
    for (auto& [text, copies] : copies_) {
        if (!copies.operation.id.empty()) {
            const auto remove_repeated = [](Copies::Occurrences& found, std::uint64_t& repeated) {
                if (found.count > 1) repeated += found.count - 1;
                found.count = std::min<std::uint64_t>(found.count, 1);
            };
            remove_repeated(copies.a, pairing.repeated_a);
            remove_repeated(copies.b, pairing.repeated_b);
        }
        const auto equal = std::min(copies.a.count, copies.b.count);
        pairing.equal += equal;
        keep_rest(text, copies, equal, pairing);
    }
    copies_.clear();
    sort_by_place(pairing.only_in_a);
    sort_by_place(pairing.only_in_b);

    Unpaired a(std::move(pairing.only_in_a));
    Unpaired b(std::move(pairing.only_in_b));
    pair_by(key_by_id, any, a, b, pairing);
    pair_by(key_by_time, any, a, b, pairing);
    pair_by(key_of_page, is_page_without_name, a, b, pairing);
    pair_by(key_by_name, any, a, b, pairing);
    pairing.only_in_a = std::move(a).rest();
    pairing.only_in_b = std::move(b).rest();
    return pairing;
}

std::string key_across_people(const Entry& entry) {
    const auto& operation = entry.operation;
    if (operation.time.empty() || operation.person.empty()) return {};
    Tree tree = read_tree(operation.text);
    for (const std::string_view name : {"identifiers", "id", "rejected"}) tree.remove(name);
    if (Tree* attributes = tree.find("attributes")) attributes->remove("anonymous_id");
    return tree.to_json();
}

Pairing pair_across_people(std::vector<Entry> a, std::vector<Entry> b) {
    Pairing pairing;
    Unpaired left(std::move(a));
    Unpaired right(std::move(b));
    pair_by(key_across_people, any, left, right, pairing);
    pairing.only_in_a = std::move(left).rest();
    pairing.only_in_b = std::move(right).rest();
    return pairing;
}

}  // namespace pintle::cli::compare
