#include "app/runner_counts.hpp"

#include <array>

#include "pintle/mapping/errors.hpp"

namespace pintle::app {
namespace {

constexpr std::array after_acceptance{
    Reason::rejected_207,   Reason::rejected_400, Reason::rejected_404,      Reason::rejected_405, Reason::rejected_410,
    Reason::rejected_413,   Reason::rejected_414, Reason::rejected_415,      Reason::rejected_422, Reason::rejected_431,
    Reason::rejected_other, Reason::too_old,      Reason::unreadable_record,
};

constexpr std::array retry_causes{
    Reason::transport_error,     Reason::unauthorized_401, Reason::unauthorized_403,   Reason::unauthorized_407,
    Reason::timeout_408,         Reason::rate_limited,     Reason::server_error_500,   Reason::server_error_502,
    Reason::server_error_503,    Reason::server_error_504, Reason::server_error_other, Reason::redirected,
    Reason::unexpected_response,
};

}  // namespace

// An event that was accepted is valid JSON; a change of options may make it one that cannot be mapped.
count::ReasonSet possible_dead_letters(mapping::ApiVersion api_version) {
    auto all = count::set_of(after_acceptance) | mapping::possible_errors(api_version);
    count::put(all, Reason::invalid_json, false);
    count::put(all, Reason::nested_too_deep, false);
    return all;
}

count::ReasonSet possible_retry_causes() {
    return count::set_of(retry_causes);
}

}  // namespace pintle::app
