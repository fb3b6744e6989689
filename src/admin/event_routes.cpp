#include "event_routes.hpp"

#include <algorithm>
#include <stdexcept>

#include "event_json.hpp"
#include "event_stream_response.hpp"
#include "json.hpp"
#include "parameters.hpp"
#include "pintle/base/asio.hpp"
#include "respond.hpp"

namespace pintle::admin {
namespace {

constexpr std::size_t usual_limit = 100;
constexpr std::size_t max_streams = 32;  // of the admin listener's connections

// Reads outcomes, separated by commas.
Parameter wanted_outcomes(events::Filter& filter) {
    return {"outcome", [&filter](const std::string& value) -> std::optional<std::string> {
                filter.wanted.fill(false);
                for (std::size_t begin = 0; begin <= value.size();) {
                    const auto end = std::min(value.find(',', begin), value.size());
                    const auto name = std::string_view(value).substr(begin, end - begin);
                    const auto* const found = std::ranges::find(events::outcomes, name);
                    if (found == events::outcomes.end())
                        return "there are: accepted, delivered, retried, dead_letter, dropped, rejected";
                    filter.wanted.at(static_cast<std::size_t>(found - events::outcomes.begin())) = true;
                    begin = end + 1;
                }
                return std::nullopt;
            }};
}

std::vector<Parameter> filter_parameters(events::Filter& filter) {
    return {text("type", filter.type),
            text("user", filter.user),
            text("message_id", filter.message_id),
            text("event", filter.name),
            text("destination", filter.destination),
            wanted_outcomes(filter)};
}

// A misspelled destination would look like one to which nothing happens. That of an earlier configuration may still
// have records.
std::optional<ApiError> find_unknown_destination(Control& control, const events::EventStream& events,
                                                 const events::Filter& filter) {
    if (filter.destination.empty()) return std::nullopt;
    const auto status = control.status();
    std::string names;
    for (const auto& destination : status.destinations) {
        if (destination.name == filter.destination) return std::nullopt;
        names += (names.empty() ? "" : ", ") + destination.name;
    }
    const auto& orphans = status.orphaned_streams;
    if (std::ranges::find(orphans, filter.destination, &OrphanedStream::name) != orphans.end()) return std::nullopt;
    events::Filter of_destination;
    of_destination.destination = filter.destination;
    if (!events.recent(of_destination, 1).empty()) return std::nullopt;
    return ApiError{404, "destination: does not exist; allowed: " + names};
}

// {"events":[...]}, one event per line; `next` where there are more.
template <class Events, class Text>
void write_events(const Events& events, const std::string& next, const Text& text, http::Response& response) {
    response.body = "{\"events\":[";
    const char* before = "\n";
    for (const auto& event : events) {
        response.body.append(before).append(text(event));
        before = ",\n";
    }
    response.body += "]";
    if (!next.empty()) response.body.append(",\"next\":").append(dumped(next));
    response.body += "}\n";
}

}  // namespace

void answer_events(Control& control, const events::EventStream& events, bool redact, const http::Request& request,
                   http::Response& response) {
    events::Filter filter;
    std::size_t limit = usual_limit;
    auto parameters = filter_parameters(filter);
    parameters.push_back(admin::limit(limit));
    if (const auto error = read_parameters(request.query, parameters)) return respond_error(response, *error);
    if (const auto error = find_unknown_destination(control, events, filter)) return respond_error(response, *error);
    write_events(
        events.recent(filter, limit), {}, [&](const auto& shown) { return to_json(*shown, redact); }, response);
}

void answer_event_stream(Control& control, events::EventStream& events, bool redact, const Executor& executor,
                         const http::Request& request, http::Response& response) {
    events::Filter filter;
    if (const auto error = read_parameters(request.query, filter_parameters(filter)))
        return respond_error(response, *error);
    if (const auto error = find_unknown_destination(control, events, filter)) return respond_error(response, *error);
    if (events.subscribers() >= max_streams)
        return respond_error(response, 503, "there are 32 event streams; no more are allowed");
    response.content_type = "text/event-stream";
    response.headers = "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n";
    response.stream = std::make_unique<EventStreamResponse>(events, std::move(filter), redact, executor);
}

void answer_backlog(Control& control, bool redact, const http::Request& request, http::Response& response) {
    BacklogQuery query;
    const auto wrong_parameter = read_parameters(
        request.query, {text("destination", query.destination), text("user", query.user),
                        text("message_id", query.message_id), text("after", query.after), limit(query.limit)});
    if (wrong_parameter) return respond_error(response, *wrong_parameter);
    try {
        const auto found = control.backlog_events(query);
        if (!found) return respond_error(response, found.error());
        write_events(found->events, found->next, [&](const auto& event) { return to_json(event, redact); }, response);
    } catch (const std::runtime_error& error) {
        respond_error(response, 503, std::string("the journal cannot be read: ") + error.what());
    }
}

}  // namespace pintle::admin
