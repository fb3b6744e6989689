#include "pintle/delivery/worker_counts.hpp"

#include <array>

#include "pintle/customerio/errors.hpp"

namespace pintle::delivery {
namespace {

constexpr std::array after_acceptance{
    Reason::rejected_207,   Reason::rejected_400, Reason::rejected_404,      Reason::rejected_405, Reason::rejected_410,
    Reason::rejected_413,   Reason::rejected_414, Reason::rejected_415,      Reason::rejected_422, Reason::rejected_431,
    Reason::rejected_other, Reason::too_old,      Reason::unreadable_record, Reason::erased,
};

constexpr std::array retry_causes{
    Reason::transport_error,     Reason::unauthorized_401, Reason::unauthorized_403,   Reason::unauthorized_407,
    Reason::timeout_408,         Reason::rate_limited,     Reason::server_error_500,   Reason::server_error_502,
    Reason::server_error_503,    Reason::server_error_504, Reason::server_error_other, Reason::redirected,
    Reason::unexpected_response,
};

}  // namespace

// An accepted event is valid JSON. A change of the options may make it one that cannot be mapped.
stats::ReasonSet possible_dead_letters(const customerio::Options& options) {
    auto all = stats::set_of(after_acceptance) | customerio::possible_errors(options);
    stats::put(all, Reason::invalid_json, false);
    stats::put(all, Reason::nested_too_deep, false);
    return all;
}

stats::ReasonSet possible_retry_causes() {
    return stats::set_of(retry_causes);
}

}  // namespace pintle::delivery
