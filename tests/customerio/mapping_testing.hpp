#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "pintle/base/http_message.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/json/event.hpp"

namespace pintle::customerio {

// What one event becomes: a request, or the reason why there is none.
struct Outcome {
    HttpRequest request;
    OrderingKeys keys;
    std::string refusal;  // the sentence of the reason; empty where there is a request

    nlohmann::json body() const { return nlohmann::json::parse(request.body); }
};

inline Outcome map_event(std::string_view text, const Options& options = {}) {
    Outcome outcome;
    json::Event event;
    if (const auto parsed = event.parse(text); !parsed) {
        outcome.refusal = sentence(parsed.error());
        return outcome;
    }
    Mapper mapper(options);
    Mapped mapped;
    if (const auto done = mapper.map(event, mapped); !done) {
        outcome.refusal = sentence(done.error());
        return outcome;
    }
    outcome.request = mapped.request;
    outcome.keys = mapped.keys;
    return outcome;
}

// The body as it is written, to the byte; for what a JSON library would smooth over.
inline std::string body_text(std::string_view event, const Options& options = {}) {
    return map_event(event, options).request.body;
}

inline Options without_dedupe_id() {
    Options options;
    options.event_dedupe_id = false;
    return options;
}

// Where the event of that name is in a SemanticEvents.
inline std::size_t semantic_event(std::string_view name) {
    const auto* const found = std::ranges::find(semantic_event_names, name);
    if (found == semantic_event_names.end()) throw std::invalid_argument("no semantic event: " + std::string(name));
    return static_cast<std::size_t>(found - semantic_event_names.begin());
}

}  // namespace pintle::customerio
