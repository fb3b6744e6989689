#pragma once

#include <string>
#include <vector>

#include "pintle/json/event.hpp"

namespace pintle::ingest {

enum class OptOut : unsigned char { none, integration_disabled, consent_denied };

// Whether an event says that it must not go to Customer.io: through its `integrations`, or because the person denied
// one of the destination's consent categories, by the `consentManagement` of its context.
OptOut opted_out(json::Value integrations, json::Value consent, const std::vector<std::string>& consent_categories);

}  // namespace pintle::ingest
