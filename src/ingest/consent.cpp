#include "consent.hpp"
#include "pintle/customerio/values.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>

namespace pintle::ingest {
namespace {

using json::Kind;
using json::Value;

bool is_our_name(std::string_view name) {
    using boost::beast::iequals;
    return iequals(name, "Customer.io") || iequals(name, "Customer IO") || iequals(name, "CUSTOMERIO");
}

bool is_false(Value value) {
    return value.is(Kind::boolean) && value.raw() == "false";
}

bool is_disabled(Value integrations) {
    bool all_off = false;
    bool enabled = false;
    for (Value member = integrations.first(); member; member = member.next()) {
        if (member.overridden()) continue;
        if (is_our_name(member.key())) {
            if (is_false(member)) return true;
            enabled = enabled || customerio::is_truthy(member);
        } else if (boost::beast::iequals(member.key(), "All")) {
            all_off = is_false(member);
        }
    }
    return all_off && !enabled;
}

bool is_denied(Value denied, const std::vector<std::string>& categories) {
    if (!denied.is(Kind::array)) return false;
    for (Value id = denied.first(); id; id = id.next()) {
        if (id.is(Kind::string) && std::find(categories.begin(), categories.end(), id.text()) != categories.end()) {
            return true;
        }
    }
    return false;
}

}  // namespace

OptOut opted_out(Value integrations, Value consent, const std::vector<std::string>& consent_categories) {
    if (integrations.is(Kind::object) && is_disabled(integrations)) return OptOut::integration_disabled;
    if (!consent_categories.empty() && is_denied(consent["deniedConsentIds"], consent_categories)) {
        return OptOut::consent_denied;
    }
    return OptOut::none;
}

}  // namespace pintle::ingest
