#pragma once

#include <string>
#include <vector>

#include "pintle/mapping/event.hpp"

namespace pintle::ingress {

enum class OptOut : unsigned char { none, integration_disabled, consent_denied };

// Whether the event says that it must not go to Customer.io: through its `integrations`, or because the person denied
// one of the destination's consent categories.
OptOut opted_out(const mapping::Event& event, const std::vector<std::string>& consent_categories);

}  // namespace pintle::ingress
