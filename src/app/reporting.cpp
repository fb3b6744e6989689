// What an operator must know of a destination, said once, when it changes.
#include "app/runner.hpp"
#include "pintle/logging/logging.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::app {
namespace {

double seconds(std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

}  // namespace

// Where there was no answer at all, or a redirect that may not be followed, somebody may have to act.
void Runner::say_trouble(const delivery::Answer& answer, const delivery::Verdict& verdict) {
    if (answer.status != 0 && verdict.fate != delivery::Fate::redirected) {
        if (trouble_.is_over(steady_now())) logging::info("delivery_recovered destination={}", destination_.name);
    } else if (trouble_.is_news(verdict.message, steady_now())) {
        logging::warn("delivery_error destination={} reason={} message=\"{}\"", destination_.name, code(verdict.reason),
                      verdict.message);
    }
}

std::string holds_fact(const Destination& destination) {
    return "holds/" + destination.name;
}

std::string by_hand_fact(const Destination& destination) {
    return "by_hand/" + destination.name;
}

// As the wall clock has it.
std::optional<schedule::HoldHistory::Hold> Runner::ongoing_hold() const {
    auto held = holds_.ongoing();
    if (held) held->since = ages_.by_wall(held->since);
    return held;
}

// Nothing is sent for this reason; empty: it is sent again.
void Runner::hold(const std::string& reason) {
    const bool news = reason.empty() ? holds_.end(ages_.now()) : holds_.begin(reason, ages_.now());
    if (!news && reason.empty()) return;
    {
        const std::lock_guard lock(status_mutex_);
        held_ = ongoing_hold();
        held_by_hand_ = !by_hand_.empty();
    }
    if (!news) return;
    journal_.put(holds_fact(destination_), holds_.encode());
    const auto held = ongoing_hold();
    if (held && !by_hand_.empty()) {
        logging::warn("destination_paused destination={} reason=\"{}\" since={}", destination_.name, held->reason,
                      to_iso8601(held->since));
    } else if (held) {
        logging::error("destination_paused destination={} reason=\"{}\" since={} probe_interval={}s", destination_.name,
                       held->reason, to_iso8601(held->since), seconds(destination_.probe_interval));
    } else {
        logging::info("destination_released destination={}", destination_.name);
    }
}

void Runner::report_changes() {
    if (!by_hand_.empty()) {
        hold("by hand: " + by_hand_);
    } else if (running_) {
        hold(scheduler_.hold().value_or(""));
    }
    if (scheduler_.breaker_open() != failing_) {
        failing_ = scheduler_.breaker_open();
        if (failing_) {
            logging::warn("destination_failing destination={} reason=\"{}\"", destination_.name, last_failure_);
        } else {
            logging::info("destination_recovered destination={}", destination_.name);
        }
    }
    if (scheduler_.shared_ids() != shared_ids_) {
        shared_ids_ = scheduler_.shared_ids();
        logging::warn("anonymous_id_shared destination={} ids={}", destination_.name, shared_ids_);
    }
}

}  // namespace pintle::app
