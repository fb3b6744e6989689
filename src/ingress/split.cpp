#include "ingress/split.hpp"

namespace pintle::ingress {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// simdjson reads a little beyond the end.
simdjson::padded_string_view padded(std::string& body) {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    return simdjson::padded_string_view(body.data(), body.size(), body.capacity());
}

// simdjson believes what it does not visit, and so it takes ["a":1}, 2] for an array. Each event is validated when it
// is parsed; here is what stands around them: `raw` must be [event, event...] and nothing else.
bool is_list_of(const std::vector<std::string_view>& events, std::string_view raw) {
    raw = trimmed(raw);
    if (raw.size() < 2 || raw.back() != ']') return false;
    const char* at = raw.data() + 1;
    const char* const end = raw.data() + raw.size() - 1;
    std::string_view separator;
    for (const std::string_view event : events) {
        if (event.data() < at || event.data() + event.size() > end) return false;
        if (trimmed({at, static_cast<std::size_t>(event.data() - at)}) != separator) return false;
        at = event.data() + event.size();
        separator = ",";
    }
    return trimmed({at, static_cast<std::size_t>(end - at)}).empty();
}

}  // namespace

mapping::Result<void> Splitter::split_array(simdjson::ondemand::array array, std::string_view& raw, Parts& parts) {
    if (array.raw_json().get(raw) || array.reset().error()) return mapping::invalid_json;
    for (auto element : array) {
        simdjson::ondemand::value value;
        std::string_view text;
        if (std::move(element).get(value) || simdjson::to_json_string(value).get(text)) return mapping::invalid_json;
        parts.events.push_back(trimmed(text));
    }
    if (!is_list_of(parts.events, raw)) return mapping::invalid_json;
    if (parts.events.empty()) return empty_batch;
    return {};
}

mapping::Result<void> Splitter::split_batch(std::string& body, Parts& parts, mapping::Event& envelope) {
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (parser_.iterate(padded(body)).get(document) || document.get_object().get(object)) return mapping::invalid_json;

    mapping::Result<void> outcome = empty_batch;
    std::string_view batch = body;  // as it stands in the body; of several the last counts
    batch.remove_prefix(body.size());
    for (auto member : object) {
        simdjson::ondemand::field field;
        std::string_view key;
        if (std::move(member).get(field) || field.unescaped_key().get(key)) return mapping::invalid_json;
        if (key != "batch") continue;
        parts.events.clear();
        simdjson::ondemand::array array;
        if (field.value().get_array().get(array)) {
            bool null = false;
            if (field.value().is_null().get(null)) return mapping::invalid_json;
            outcome = null ? empty_batch : batch_not_array;
            continue;
        }
        outcome = split_array(array, batch, parts);
        if (!outcome && outcome.error().reason == mapping::invalid_json.reason) return outcome;
    }
    surroundings_.assign(body.data(), static_cast<std::size_t>(batch.data() - body.data()));
    if (!batch.empty()) surroundings_.append("[]");
    const std::size_t behind = static_cast<std::size_t>(batch.data() - body.data()) + batch.size();
    surroundings_.append(body, behind, std::string::npos);
    if (auto valid = envelope.parse(surroundings_); !valid) return valid;
    return outcome;
}

mapping::Result<void> Splitter::split(std::string& body, Form form, Parts& parts, mapping::Event& envelope) {
    parts.events.clear();
    parts.batch = parts.enveloped = form == Form::batch;
    if (parts.enveloped) return split_batch(body, parts, envelope);

    const auto text = trimmed(body);
    if (text.empty()) return mapping::invalid_json;
    if (form == Form::single || text.front() != '[') {
        parts.events.push_back(text);
        return {};
    }
    parts.batch = true;
    simdjson::ondemand::document document;
    simdjson::ondemand::array array;
    std::string_view raw;
    if (parser_.iterate(padded(body)).get(document) || document.get_array().get(array)) return mapping::invalid_json;
    auto outcome = split_array(array, raw, parts);
    if (!outcome && outcome.error().reason == mapping::invalid_json.reason) return outcome;
    const auto end = static_cast<std::size_t>(raw.data() - body.data()) + raw.size();
    if (!trimmed(std::string_view(body).substr(end)).empty()) return mapping::invalid_json;
    return outcome;
}

}  // namespace pintle::ingress
