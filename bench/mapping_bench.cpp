// What an event costs from its text to its request, on events of about 1.1 KB as RudderStack's SDKs send them.
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

#include "pintle/mapping/event.hpp"
#include "pintle/mapping/mapper.hpp"

namespace {

using pintle::mapping::ApiVersion;
using pintle::mapping::Event;
using pintle::mapping::Mapped;
using pintle::mapping::Mapper;

// What the browser SDK adds to every event.
constexpr const char* context = R"(,"channel":"web","anonymousId":"0d5a1f2e-6c1b-4f3e-9a87-3b2c1d0e9f8a",)"
                                R"("messageId":"c3b7e1a0-5d2f-4e8b-9c6a-7f1e2d3c4b5a","userId":"user-4815162342",)"
                                R"("originalTimestamp":"2021-03-05T10:20:30.456Z","sentAt":"2021-03-05T10:20:31.002Z",)"
                                R"("timestamp":"2021-03-05T10:20:30.456Z","receivedAt":"2021-03-05T10:20:31.100Z",)"
                                R"("context":{"app":{"name":"Shop","version":"4.2.1"},"library":{"name":"RudderLabs )"
                                R"(JavaScript SDK","version":"3.7.6"},"locale":"en-GB","page":{"path":"/boots/42",)"
                                R"("referrer":"https://www.example.com/","search":"?utm_source=mail","title":"Boots",)"
                                R"("url":"https://shop.example.com/boots/42?utm_source=mail"},"screen":{"density":2,)"
                                R"("width":1440,"height":900},"timezone":"GMT+0100","userAgent":"Mozilla/5.0 (X11; )"
                                R"(Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/)"
                                R"(537.36","traits":{"email":"ada@example.com"}},"integrations":{"All":true}})";

constexpr const char* properties = R"(,"properties":{"order_id":"50314b8e9bcf","revenue":129.90,"currency":"EUR",)"
                                   R"("coupon":null,"name":"Main","products":[{"sku":"45790-32","price":89.95,)"
                                   R"("quantity":1},{"sku":"46493-32","price":39.95,"quantity":1}]})";

constexpr const char* traits = R"(,"traits":{"name":"Ada Lovelace","email":"ada@example.com","plan":"enterprise",)"
                               R"("createdAt":"2019-10-14T09:03:17.562Z","logins":42,"score":0.75,"phone":)"
                               R"("+441632960961","address":{"city":"London","country":"GB","postalCode":"N1 9GU"},)"
                               R"("tags":["early","beta"]})";

std::string event_of(const std::string& type) {
    const std::string head = R"({"type":")" + type + '"';
    if (type == "track") return head + R"(,"event":"Order Completed")" + properties + context;
    if (type == "page" || type == "screen") return head + R"(,"name":"Boots")" + properties + context;
    if (type == "group") return head + R"(,"groupId":"acme")" + traits + context;
    if (type == "alias") return head + R"(,"previousId":"0d5a1f2e-6c1b-4f3e-9a87-3b2c1d0e9f8a")" + context;
    return head + traits + context;
}

void finish(benchmark::State& state, const std::string& text) {
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
    state.SetLabel(std::to_string(text.size()) + " bytes");
}

void parse(benchmark::State& state, const std::string& type) {
    const std::string text = event_of(type);
    Event event;
    for ([[maybe_unused]] auto _ : state) {
        if (!event.parse(text)) throw std::runtime_error("not parsed");
        benchmark::DoNotOptimize(event.root());
    }
    finish(state, text);
}

void map(benchmark::State& state, const std::string& type, ApiVersion version) {
    const std::string text = event_of(type);
    Event event;
    Mapper mapper({.api_version = version, .device_token_event_name = {}});
    Mapped mapped;
    for ([[maybe_unused]] auto _ : state) {
        if (!event.parse(text) || !mapper.map(event, mapped)) throw std::runtime_error("not mapped");
        benchmark::DoNotOptimize(mapped.request.body.data());
    }
    finish(state, text);
}

BENCHMARK_CAPTURE(parse, track, "track");
BENCHMARK_CAPTURE(parse, identify, "identify");
BENCHMARK_CAPTURE(map, track, "track", ApiVersion::v1);
BENCHMARK_CAPTURE(map, identify, "identify", ApiVersion::v1);
BENCHMARK_CAPTURE(map, page, "page", ApiVersion::v1);
BENCHMARK_CAPTURE(map, screen, "screen", ApiVersion::v1);
BENCHMARK_CAPTURE(map, group, "group", ApiVersion::v1);
BENCHMARK_CAPTURE(map, alias, "alias", ApiVersion::v1);
BENCHMARK_CAPTURE(map, track_v2, "track", ApiVersion::v2);
BENCHMARK_CAPTURE(map, identify_v2, "identify", ApiVersion::v2);

}  // namespace
