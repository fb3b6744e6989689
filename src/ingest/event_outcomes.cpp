#include "event_outcomes.hpp"

#include <nlohmann/json.hpp>

namespace pintle::ingest {

void EventOutcomes::note(std::size_t event, Kind kind, Reason reason) {
    if (events_.empty() || events_[event].kind >= kind) return;
    events_[event] = {kind, reason};
}

std::string EventOutcomes::json() const {
    using nlohmann::ordered_json;
    std::size_t accepted = 0;
    auto dropped = ordered_json::object();
    auto dead_letters = ordered_json::object();
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const auto [kind, reason] = events_[i];
        switch (kind) {
            case Kind::none: break;
            case Kind::accepted: ++accepted; break;
            case Kind::dropped: dropped[std::string(code(reason))].push_back(i); break;
            case Kind::dead_letter: dead_letters[std::string(code(reason))].push_back(i); break;
        }
    }
    const ordered_json document = {
        {"accepted", accepted}, {"dropped", std::move(dropped)}, {"dead_letters", std::move(dead_letters)}};
    return document.dump();
}

}  // namespace pintle::ingest
