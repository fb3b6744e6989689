// What an operator must know of a destination, said once, when it changes.
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/delivery/destination_worker.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::delivery {
namespace {

double seconds(std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

}  // namespace

// Where there was no answer at all, or a redirect that may not be followed, somebody may have to act.
void DestinationWorker::report_error(const HttpResponse& response, const customerio::DeliveryResult& result) {
    if (response.status != 0 && result.disposition != customerio::Disposition::redirected) {
        if (errors_.is_over(steady_now())) logging::info("delivery_recovered destination={}", destination_.name);
    } else if (errors_.is_news(result.message, steady_now())) {
        logging::warn("delivery_error destination={} reason={} message=\"{}\"", destination_.name, code(result.reason),
                      result.message);
    }
}

std::string pauses_key(const config::Destination& destination) {
    return "pauses/" + destination.name;
}

std::string operator_message_key(const config::Destination& destination) {
    return "operator_message/" + destination.name;
}

// By the wall clock.
std::optional<Pause> DestinationWorker::ongoing_pause() const {
    auto pause = pauses_.ongoing();
    if (pause) pause->since = ages_.by_wall(pause->since);
    return pause;
}

void DestinationWorker::pause(PauseReason reason, std::string message) {
    const auto before = pauses_.ongoing();
    pauses_.begin(reason, std::move(message), ages_.now());
    const auto pause = ongoing_pause();
    {
        const MutexLock lock(status_mutex_);
        paused_ = pause;
    }
    if (before && before->reason == reason) return;
    journal_.put(pauses_key(destination_), pauses_.encode());
    if (reason == PauseReason::by_operator) {
        logging::warn("destination_paused destination={} reason={} message=\"{}\" since={}", destination_.name,
                      code_of(reason), pause->message, to_iso8601(pause->since));
    } else {
        logging::error("destination_paused destination={} reason={} message=\"{}\" since={} probe_interval={}s",
                       destination_.name, code_of(reason), pause->message, to_iso8601(pause->since),
                       seconds(destination_.probe_interval));
    }
}

void DestinationWorker::end_pause() {
    if (!pauses_.end(ages_.now())) return;
    {
        const MutexLock lock(status_mutex_);
        paused_.reset();
    }
    journal_.put(pauses_key(destination_), pauses_.encode());
    logging::info("destination_resumed destination={}", destination_.name);
}

// Of several reasons the one counts that ends last: an operator's, then an unknown region.
void DestinationWorker::update_pause() {
    if (!operator_message_.empty()) return pause(PauseReason::by_operator, operator_message_);
    if (!region_error_.empty()) return pause(PauseReason::region_unknown, region_error_);
    if (!running_) return;  // a pause of before the restart is still ongoing
    if (const auto& message = scheduler_.pause_message()) return pause(PauseReason::credentials, *message);
    end_pause();
}

void DestinationWorker::report_changes() {
    update_pause();
    if (scheduler_.circuit_breaker_open() != circuit_breaker_open_) {
        circuit_breaker_open_ = scheduler_.circuit_breaker_open();
        if (circuit_breaker_open_) {
            logging::warn("circuit_breaker_opened destination={} reason=\"{}\"", destination_.name, last_failure_);
        } else {
            logging::info("circuit_breaker_closed destination={}", destination_.name);
        }
    }
    if (scheduler_.ids_excluded_from_ordering() != ids_excluded_from_ordering_) {
        ids_excluded_from_ordering_ = scheduler_.ids_excluded_from_ordering();
        logging::warn("anonymous_id_shared destination={} ids={}", destination_.name, ids_excluded_from_ordering_);
    }
}

}  // namespace pintle::delivery
