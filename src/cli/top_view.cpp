#include "top_view.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <nlohmann/json.hpp>

namespace pintle::cli {
namespace {

using nlohmann::ordered_json;

// Rates over the time between two looks.
class Between {
public:
    explicit Between(double seconds) : seconds_(seconds) {}

    Figure rate(std::uint64_t before, std::uint64_t now) const {
        if (seconds_ <= 0 || now < before) return std::nullopt;
        return static_cast<double>(now - before) / seconds_;
    }

    Figure share(double before, double now) const {
        if (seconds_ <= 0) return std::nullopt;
        return std::max(0.0, now - before) / seconds_;
    }

private:
    double seconds_;
};

DestinationView compare(const Between& between, const DestinationStatus& before, const DestinationStatus& now) {
    DestinationView view;
    view.look = now;
    view.in = between.rate(before.accepted, now.accepted);
    view.out = between.rate(before.delivered, now.delivered);
    view.retries = between.rate(before.retries, now.retries);
    view.dead_lettered = between.rate(before.dead_lettered, now.dead_lettered);
    view.p50 = quantile(before.request_duration, now.request_duration, 0.5);
    view.p99 = quantile(before.request_duration, now.request_duration, 0.99);
    return view;
}

ordered_json json_of(const Figure& figure) {
    return figure ? ordered_json(*figure) : ordered_json(nullptr);
}

ordered_json json_of(const DestinationView& view) {
    const auto& look = view.look;
    ordered_json document = {
        {"name", look.name},
        {"state", look.state()},
        {"in_per_second", json_of(view.in)},
        {"out_per_second", json_of(view.out)},
        {"backlog_events", look.backlog_events},
        {"in_flight", look.in_flight},
        {"backlog_oldest_age_seconds", json_of(look.backlog_oldest_age_seconds)},
        {"time_to_drain_seconds", json_of(look.time_to_drain_seconds)},
        {"request_duration_p50_seconds", json_of(view.p50)},
        {"request_duration_p99_seconds", json_of(view.p99)},
        {"retries_per_second", json_of(view.retries)},
        {"dead_lettered_per_second", json_of(view.dead_lettered)},
        {"dead_letters", look.dead_letters},
        {"paused", nullptr},
    };
    if (const auto& pause = look.paused)
        document["paused"] = {{"reason", pause->reason}, {"since", pause->since}, {"message", pause->message}};
    return document;
}

}  // namespace

TopView compare(const std::optional<FullStatus>& before, const FullStatus& now) {
    TopView view;
    view.look = now;
    const bool same = before && before->started_at == now.started_at && before->up_seconds < now.up_seconds;
    const FullStatus& old = same ? *before : now;
    const Between between(now.up_seconds - old.up_seconds);
    view.received = between.rate(old.received, now.received);
    view.rejected = between.rate(old.rejected, now.rejected);
    view.dropped = between.rate(old.dropped, now.dropped);
    view.commit_p99 = quantile(old.commits, now.commits, 0.99);
    view.cpu = between.share(old.cpu_seconds, now.cpu_seconds);
    for (const auto& each : now.destinations) {
        const auto found = std::ranges::find(old.destinations, each.name, &DestinationStatus::name);
        view.destinations.push_back(found == old.destinations.end() ? compare(Between(0), each, each)
                                                                    : compare(between, *found, each));
    }
    return view;
}

std::string top_json(const TopView& view) {
    const auto trouble = view.look.trouble();
    ordered_json document = {
        {"time", view.look.now},
        {"healthy", trouble.empty()},
        {"received_per_second", json_of(view.received)},
        {"rejected_per_second", json_of(view.rejected)},
        {"dropped_per_second", json_of(view.dropped)},
        {"commit_p99_seconds", json_of(view.commit_p99)},
        {"connections", view.look.connections},
        {"journal_bytes", view.look.journal_bytes},
        {"resident_bytes", view.look.resident_bytes},
        {"cpu", json_of(view.cpu)},
        {"destinations", ordered_json::array()},
    };
    if (!trouble.empty()) document["trouble"] = trouble;
    for (const auto& each : view.destinations) document["destinations"].push_back(json_of(each));
    return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace pintle::cli
