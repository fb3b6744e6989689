// Any bytes are an event that another JSON library takes too, or are refused, by themselves as in a list; and whatever
// is taken is mapped to a request whose body is JSON without a name twice, or refused with a reason.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/json_oracle.hpp"
#include "pintle/customerio/errors.hpp"
#include "pintle/customerio/key_hash.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/json/event.hpp"
#include "pintle/json/tokens.hpp"
#include "require.hpp"

namespace {

using namespace pintle::customerio;
using namespace pintle::json;
using pintle::Reason;
using pintle::fuzz::require;

// The oracle cannot parse what is valid but beyond it; only what it can is looked into.
void check_json(std::string_view text) {
    if (const auto judged = is_json_object(text)) {
        require(*judged);
        require(!DuplicateFinder::has_duplicates(text));
    }
}

// Any options, from bits that the input chooses.
Options options_of(std::uint64_t bits, ApiVersion version) {
    const auto take = [&bits](std::uint64_t count) {
        const std::uint64_t value = bits % count;
        bits /= count;
        return value;
    };
    Options options;
    options.api_version = version;
    options.device_token_event_name = "token";
    options.created_at = static_cast<CreatedAt>(take(2));
    options.identify_anonymous = take(2) == 0;
    options.batch_anonymous = take(2) == 1;
    options.event_dedupe_id = take(2) == 0;
    options.user_id_type = static_cast<UserIdType>(take(4));
    options.semantic_events = SemanticEvents(take(1U << semantic_event_names.size()));
    options.convert_dates = take(2) == 1;
    options.relationships = take(2) == 1;
    options.screen_events = static_cast<ScreenEvents>(take(2));
    options.device_attributes = take(2) == 1;
    return options;
}

void check_mapping(const Event& event, const Options& options) {
    Mapper mapper(options);
    Mapped mapped;
    Mapped checked;
    const auto known = mapper.validate(event, checked);
    const auto done = mapper.map(event, mapped);
    require(known.has_value() == done.has_value());
    if (!done) {
        require(std::ranges::find(errors, done.error()) != errors.end());
        return;
    }
    require(mapped.request.path.starts_with("/api/v"));
    if (!mapped.request.body.empty()) check_json(mapped.request.body);
}

void check_listed(std::string_view text, bool valid) {
    std::string list = "[" + std::string(text) + "]";
    Tokens tokens;
    if (!tokens.find(list)) return require(!valid);
    const auto span = tokens.value_at(1);
    const bool whole = span && tokens.first(span->begin) == '{' && tokens.count() == span->end + 1;
    Event event;
    require((whole && event.read(tokens, *span).has_value()) == valid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    Event event;
    const auto parsed = event.parse(text);
    if (const auto judged = is_json_object(text)) {
        require(parsed.has_value() ? *judged : !*judged || parsed.error() == Reason::nested_too_deep);
    }
    check_listed(text, parsed.has_value());
    if (!parsed) return 0;
    std::string written;
    event.write(written);
    check_json(written);
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        check_mapping(event, options_of(0, version));
        check_mapping(event, options_of(key_hash(text), version));
    }
    return 0;
}
