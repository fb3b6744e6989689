#include "consent.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include <boost/beast/core/string.hpp>

#include "pintle/customerio/values.hpp"

namespace pintle::ingest {
namespace {

using json::Kind;
using json::Value;

constexpr std::array<std::string_view, 5> customerio_names{"Customer.io", "Customer IO", "CUSTOMERIO",
                                                           "Customer.io (Actions)", "Actions Customerio"};
constexpr std::array<std::string_view, 4> forwarder_names{"Webhook", "HTTP Webhook", "HTTP", "Kafka"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](std::string_view each) { return boost::beast::iequals(each, name); });
}

bool is_false(Value value) {
    return value.is(Kind::boolean) && value.raw() == "false";
}

bool is_disabled(Value integrations, EnablingNames names) {
    bool all_off = false;
    bool enabled = false;
    for (Value member = integrations.first(); member; member = member.next()) {
        if (member.overridden()) continue;
        const bool ours = is_among(customerio_names, member.key());
        if (ours && is_false(member)) return true;
        if (ours || (names == EnablingNames::forwarders_too && is_among(forwarder_names, member.key()))) {
            enabled = enabled || customerio::is_truthy(member);
        } else if (boost::beast::iequals(member.key(), "All")) {
            all_off = is_false(member);
        }
    }
    return all_off && !enabled;
}

}  // namespace

std::optional<Reason> opted_out(Value integrations, EnablingNames names, Value consent,
                                const customerio::ConsentPolicy& policy) {
    if (integrations.is(Kind::object) && is_disabled(integrations, names)) return Reason::integration_disabled;
    if (policy.is_denied(consent)) return Reason::consent_denied;
    return std::nullopt;
}

}  // namespace pintle::ingest
