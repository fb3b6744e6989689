#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "compare/difference.hpp"
#include "compare/tree.hpp"

namespace pintle::cli::compare {

// What pintle does differently from RudderStack's own destination on purpose, by itself or by an option;
// docs/comparison.md lists the same. A is what that destination sends, and B is what pintle sends.
enum class Correction : std::uint8_t {
    address_parts,
    created_at,
    dedupe_id,
    device_event,
    dotted_trait,
    empty_traits,
    identify_anonymous,
    number_precision,
    numeric_alias,
    page_name,
    rejected_request,
    screen_name,
    seconds_timestamp,
    unreadable_timestamp,
    zero_id,
};
inline constexpr std::size_t correction_count = 15;

struct CorrectionText {
    std::string_view name;     // stable: people accept a correction by it
    std::string_view meaning;  // one line for people
};

// In the order of the enumerators.
const std::array<CorrectionText, correction_count>& correction_texts();
const CorrectionText& text_of(Correction correction);
std::optional<Correction> find_correction(std::string_view name);

// For each difference of two operations the correction that explains it; nothing where none does.
std::vector<std::optional<Correction>> explain(const Tree& a, const Tree& b,
                                               const std::vector<Difference>& differences);

// Why an operation has no counterpart.
std::optional<Correction> explain_only_in_a(const Tree& operation);
std::optional<Correction> explain_only_in_b(const Tree& operation);

}  // namespace pintle::cli::compare
