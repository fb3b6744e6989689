#include "import/event_time.hpp"

#include <chrono>
#include <optional>
#include <string_view>

#include "pintle/config/values.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;

constexpr auto campaign_age = 72h;  // an older event enters nobody into a campaign, as Customer.io documents
constexpr auto clock_tolerance = 5min;

constexpr const char* consequence = "; it gets the time of its arrival";

bool is_missing(json::Value value) {
    return !value || value.is(json::Kind::null);
}

struct ReadTime {
    std::string_view name;  // of its member
    WallTime time;
};

std::optional<ReadTime> time_of(const json::Event& event) {
    for (const std::string_view name : {"timestamp", "originalTimestamp"}) {
        if (const auto time = customerio::read_time(event[name])) return ReadTime{name, WallTime(*time)};
    }
    return std::nullopt;
}

std::string shown(const json::Event& event, std::string_view name) {
    const auto value = event[name];
    return config::in_quotes(value.is(json::Kind::string) ? value.text() : value.raw());
}

}  // namespace

TimeKind kind_of_time(const json::Event& event, WallTime now) {
    if (const auto read = time_of(event)) {
        if (read->time > now + clock_tolerance) return TimeKind::future;
        return read->time < now - campaign_age ? TimeKind::old : TimeKind::recent;
    }
    return is_missing(event["timestamp"]) && is_missing(event["originalTimestamp"]) ? TimeKind::missing
                                                                                    : TimeKind::unreadable;
}

std::string explain_time(const json::Event& event, TimeKind kind) {
    switch (kind) {
        case TimeKind::recent:
        case TimeKind::old: return {};
        case TimeKind::future: {
            const auto read = time_of(event);
            return read ? "the time " + shown(event, read->name) + " is in the future" : std::string();
        }
        case TimeKind::missing: return std::string("the event has no timestamp and no originalTimestamp") + consequence;
        case TimeKind::unreadable: {
            const std::string name = is_missing(event["timestamp"]) ? "originalTimestamp" : "timestamp";
            return name + " " + shown(event, name) + " cannot be read as a time" + consequence;
        }
    }
    return {};
}

std::string_view code_of(TimeKind kind) {
    switch (kind) {
        case TimeKind::recent: return "recent";
        case TimeKind::old: return "old";
        case TimeKind::future: return "future";
        case TimeKind::missing: return "missing";
        case TimeKind::unreadable: return "unreadable";
    }
    return {};
}

void TimeCounts::add(TimeKind kind) noexcept {
    switch (kind) {
        case TimeKind::recent: return;
        case TimeKind::old: ++old; return;
        case TimeKind::future: ++future; return;
        case TimeKind::missing: ++missing; return;
        case TimeKind::unreadable: ++unreadable; return;
    }
}

TimeCounts& TimeCounts::operator+=(const TimeCounts& more) noexcept {
    old += more.old;
    future += more.future;
    missing += more.missing;
    unreadable += more.unreadable;
    return *this;
}

}  // namespace pintle::cli::importer
