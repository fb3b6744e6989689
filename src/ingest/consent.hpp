#pragma once

#include <cstdint>
#include <optional>

#include "pintle/base/reason.hpp"
#include "pintle/customerio/consent_policy.hpp"
#include "pintle/json/event.hpp"

namespace pintle::ingest {

// The names in `integrations` that enable Customer.io: its own, or also those of RudderStack's webhook and Kafka
// destinations, by which RudderStack decided to send the event here. Only its own names disable it.
enum class EnablingNames : std::uint8_t { customerio, forwarders_too };

// Why an event must not be sent to a destination, if so: `integrations` disables Customer.io, or the
// `consentManagement` of the context denies the consent that the destination needs.
std::optional<Reason> opted_out(json::Value integrations, EnablingNames names, json::Value consent,
                                const customerio::ConsentPolicy& policy);

}  // namespace pintle::ingest
