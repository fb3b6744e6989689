// What an event costs from its text to its request, on events of about 1.1 KB as RudderStack's SDKs send them.
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

#include "events.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/json/event.hpp"

namespace {

using pintle::bench::event_of;
using pintle::customerio::ApiVersion;
using pintle::customerio::Mapped;
using pintle::customerio::Mapper;
using pintle::json::Event;

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
