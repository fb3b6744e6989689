// What a sender's body meets: whatever is taken of it is JSON as another library sees it, and each event is a record
// that maps again to the keys it was stored with, fully enriched and without a write key, or a dead letter with a
// reason. What comes of it is no more than was said before any of it was made. It makes no difference in how many
// slices it is processed.
//
// The input: the route (1 byte), then the body.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/json_oracle.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/journal/record.hpp"
#include "request_processor.hpp"
#include "require.hpp"

namespace {

using namespace pintle;
using namespace pintle::ingest;
using fuzz::require;

constexpr WallTime now{std::chrono::milliseconds{1'795'500'000'123}};
constexpr std::array<std::string_view, 8> routes{"/webhook", "/v1/batch",  "/v1/identify", "/v1/track",
                                                 "/v1/page", "/v1/screen", "/v1/group",    "/v1/alias"};

Options options() {
    Options options;
    options.max_event = 2'000;
    options.max_events_per_request = 50;
    Source v1;
    v1.name = "one";
    Destination& first = v1.destinations.emplace_back();
    first.name = "customerio";
    first.consent = customerio::ConsentPolicy({{customerio::ConsentProvider::one_trust, {"C4"}},
                                               {customerio::ConsentProvider::ketch, {"C4", "C5"}},
                                               {customerio::ConsentProvider::custom, {"C4", "C5"}}});
    Destination second = first;
    first.mapping.device_token_event_name = "token";
    second.mapping.api_version = customerio::ApiVersion::v2;
    second.mapping.identify_anonymous = false;
    Source both = v1;
    second.name = "second";
    second.consent = {};
    second.events = {{}, {{customerio::EventType::page, {}}, {{}, "Test*"}}};
    both.destinations.push_back(second);
    options.sources = {v1, both};
    return options;
}

void check_record(const Source& source, const Item& item) {
    static json::Event event;
    const auto record = journal::decode(item.record);
    const Destination& destination = source.destinations.at(item.destination);
    require(record && record->source == source.name && record->destination == destination.name);
    require(record->received == now && record->message == item.message);

    require(event.parse(record->event).has_value());
    const auto judged = json::is_json_object(record->event);
    require(!judged || (*judged && !json::DuplicateFinder::has_duplicates(record->event)));
    require(customerio::read_identifier(event["messageId"]).has_value());
    require(event["receivedAt"].raw() == R"("2026-11-24T06:00:00.123Z")");
    require(!event["timestamp"].is(json::Kind::null) && event["timestamp"]);
    require(event["writeKey"].is(json::Kind::null) || !event["writeKey"]);

    customerio::Mapper mapper(destination.mapping);
    customerio::Mapped mapped;
    require(mapper.map(event, mapped).has_value());
    const auto& keys = mapped.keys;
    require(keys.person == record->keys.person && keys.anonymous == record->keys.anonymous &&
            keys.previous == record->keys.previous);
}

// A single event that is a dead letter of one destination is taken by another.
void check_item(const Source& source, const ProcessedRequest& taken, const Item& item, bool batch) {
    if (!item.letter) return check_record(source, item);
    require(item.record.empty());
    require(batch || std::ranges::any_of(taken.items, [](const Item& each) { return !each.letter; }));
    require(item.letter->message == sentence(item.letter->reason) && !item.letter->event.empty());
    json::Event event;
    require(!event.parse(item.letter->event) || !event["writeKey"]);
    require(item.letter->source == source.name &&
            item.letter->destination == source.destinations.at(item.destination).name);
}

// Whether the whole body is JSON; nothing where the other library cannot tell, or it is nested so deeply that ours
// gives up.
std::optional<bool> is_json(std::string_view body) {
    if (std::ranges::count(body, '[') + std::ranges::count(body, '{') > 60) return std::nullopt;
    if (body.find('\0') != std::string_view::npos) return false;
    // As a member's value, and as an element: what is one of them but more than a value is not the other.
    const auto member = json::is_json_object(std::string(R"({"":)").append(body).append("}"));
    const auto element = json::is_json_object(std::string(R"({"":[)").append(body).append("]}"));
    if (!member || !element) return std::nullopt;
    return *member && *element;
}

bool is_batch(const Route& route, std::string_view body) {
    if (route.form != Form::webhook) return route.form == Form::batch;
    const auto first = body.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && body[first] == '[';
}

std::optional<Reason> reason_of(const Item& item) {
    return item.letter ? std::optional(item.letter->reason) : std::nullopt;
}

// What the items take, but for the names in them, which are the configuration's.
std::size_t bytes_of(const ProcessedRequest& taken) {
    std::size_t bytes = taken.items.size() * sizeof(Item);
    for (const Item& item : taken.items) {
        bytes += item.record.size();
        if (item.letter) bytes += sizeof(journal::DeadLetter) + item.letter->event.size() + item.letter->message.size();
    }
    return bytes;
}

bool same_in_slices(std::string_view text, std::size_t number, const Route& route, const ProcessedRequest& whole,
                    bool taken_whole) {
    static const Options all = options();
    static RequestProcessor processor(all);
    std::string body(text);
    require(processor.open(body, route).has_value());
    Slice slice(1);
    while (true) {
        const auto progress = processor.split(slice);
        require(progress.has_value());
        if (*progress == Progress::done) break;
        slice.renew();
    }
    ProcessedRequest taken;
    const Source& own = all.sources[number];
    processor.begin(own, route, now, taken);
    while (true) {
        const auto progress = processor.process(slice);
        if (!progress) return !taken_whole;
        if (*progress == Progress::done) break;
        slice.renew();
    }
    return taken_whole && taken.events == whole.events && taken.types == whole.types &&
           std::ranges::equal(taken.items, whole.items, {}, reason_of, reason_of);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    static const Options all = options();
    static RequestProcessor processor(all);
    const Route route = *find_route(routes[bytes[0] % routes.size()]);
    const std::size_t number = bytes[0] / routes.size() % 2;
    const Source& source = all.sources[number];
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);

    std::string body(text);
    Slice all_at_once(SIZE_MAX);
    auto opened = processor.open(body, route);
    if (opened) {
        if (const auto split = processor.split(all_at_once); !split) opened = split.error();
    }
    require(body == text);
    const auto json = is_json(text);
    if (!opened) {
        require(opened.error() != Reason::invalid_json || !json || !*json || route.form == Form::batch);
        return 0;
    }
    processor.body_key();
    const std::size_t most = processor.expanded_bytes();
    ProcessedRequest taken;
    processor.begin(source, route, now, taken);
    const auto outcome = processor.process(all_at_once);
    const bool same = same_in_slices(text, number, route, taken, outcome.has_value());
    require(same);
    if (!outcome) {
        require(outcome.error().status == 400 || outcome.error().status == 413);
        require(outcome.error().reason != Reason::invalid_json || !json || !*json);
        return 0;
    }
    require(!json || *json);
    require(taken.events > 0 && taken.events <= all.max_events_per_request);
    require(taken.outcomes.size() == source.destinations.size());
    for (std::size_t i = 0; i < taken.outcomes.size(); ++i) {
        const auto items = static_cast<std::size_t>(std::ranges::count(taken.items, i, &Item::destination));
        require(items + taken.outcomes[i].integration_disabled + taken.outcomes[i].consent_denied +
                    taken.outcomes[i].filtered ==
                taken.events);
    }
    require(bytes_of(taken) <= most * source.destinations.size());
    for (const Item& item : taken.items) check_item(source, taken, item, is_batch(route, text));
    return 0;
}
