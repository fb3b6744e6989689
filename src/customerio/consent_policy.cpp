#include "pintle/customerio/consent_policy.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "pintle/base/ascii.hpp"

namespace pintle::customerio {
namespace {

using json::Kind;
using json::Value;

bool is_same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

bool contains(Value denied, std::string_view category) {
    for (Value id = denied.first(); id; id = id.next()) {
        if (id.is(Kind::string) && id.text() == category) return true;
    }
    return false;
}

std::optional<ConsentStrategy> strategy_of(std::string_view name) {
    const auto* const found = std::ranges::find_if(
        consent_strategy_names, [&](std::string_view strategy) { return is_same_name(name, strategy); });
    if (found == consent_strategy_names.end()) return std::nullopt;
    return static_cast<ConsentStrategy>(found - consent_strategy_names.begin());
}

bool applies(const ConsentRule& rule, std::string_view provider) {
    if (!provider.empty()) {
        return is_same_name(provider, consent_provider_names[static_cast<std::size_t>(rule.provider)]);
    }
    return rule.provider == ConsentProvider::one_trust || rule.provider == ConsentProvider::ketch;
}

bool is_denied_by(const ConsentRule& rule, Value denied, std::optional<ConsentStrategy> of_event) {
    const auto is_denied = [&](const std::string& category) { return contains(denied, category); };
    const bool own = rule.provider == ConsentProvider::custom || !of_event;
    switch (own ? rule.strategy : *of_event) {
        case ConsentStrategy::all: return std::ranges::any_of(rule.categories, is_denied);
        case ConsentStrategy::any: break;
    }
    return !rule.categories.empty() && std::ranges::all_of(rule.categories, is_denied);
}

}  // namespace

bool ConsentPolicy::is_denied(Value consent_management) const {
    if (rules_.empty()) return false;
    const Value denied = consent_management["deniedConsentIds"];
    if (!denied.is(Kind::array) || !denied.first()) return false;
    const std::string_view provider = consent_management["provider"].text();
    const auto strategy = strategy_of(consent_management["resolutionStrategy"].text());
    return std::ranges::any_of(rules_, [&](const ConsentRule& rule) {
        return applies(rule, provider) && is_denied_by(rule, denied, strategy);
    });
}

}  // namespace pintle::customerio
