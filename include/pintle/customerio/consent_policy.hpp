#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pintle/json/event.hpp"

namespace pintle::customerio {

// What manages the consent of people, by RudderStack's names.
enum class ConsentProvider : std::uint8_t { one_trust, ketch, iubenda, custom };
inline constexpr std::array<std::string_view, 4> consent_provider_names{"oneTrust", "ketch", "iubenda", "custom"};

// Which categories a person must not have denied: all (`and`), or at least one (`or`).
enum class ConsentStrategy : std::uint8_t { all, any };
inline constexpr std::array<std::string_view, 2> consent_strategy_names{"and", "or"};

constexpr ConsentStrategy default_strategy(ConsentProvider provider) {
    return provider == ConsentProvider::ketch ? ConsentStrategy::any : ConsentStrategy::all;
}

// The consent that a destination needs of people whose consent `provider` manages.
struct ConsentRule {
    ConsentProvider provider = ConsentProvider::one_trust;
    std::vector<std::string> categories;
    ConsentStrategy strategy = default_strategy(ConsentProvider::one_trust);  // of `custom`, and of events without one
};

// The consent that a destination needs. Thread-safe, as it does not change.
class ConsentPolicy {
public:
    ConsentPolicy() = default;  // none
    explicit ConsentPolicy(std::vector<ConsentRule> rules) : rules_(std::move(rules)) {}

    bool empty() const noexcept { return rules_.empty(); }

    // Whether the event of this `context.consentManagement` must not be delivered. The rules of the event's provider
    // apply; to an event without a provider those of oneTrust and ketch.
    bool is_denied(json::Value consent_management) const;

private:
    std::vector<ConsentRule> rules_;
};

}  // namespace pintle::customerio
