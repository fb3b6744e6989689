#pragma once

#include <string>
#include <vector>

#include "pintle/json/event.hpp"

namespace pintle::ingest {

enum class OptOut : unsigned char { none, integration_disabled, consent_denied };

// Whether an event must not be sent to Customer.io: `integrations` disables it, or the `consentManagement` of the
// context denies one of the destination's consent categories.
OptOut opted_out(json::Value integrations, json::Value consent, const std::vector<std::string>& consent_categories);

}  // namespace pintle::ingest
