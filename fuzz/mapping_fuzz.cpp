// Any bytes are an event that another JSON library takes too, or are refused; and whatever is taken is mapped to a
// request whose body is JSON without a name twice, or refused with a reason.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mapping/json_oracle.hpp"
#include "pintle/mapping/event.hpp"
#include "pintle/mapping/mapper.hpp"
#include "require.hpp"

namespace {

using namespace pintle::mapping;
using pintle::fuzz::require;

// The oracle cannot parse what is valid but beyond it; only what it can is looked into.
void check_json(std::string_view text) {
    if (const auto judged = is_json_object(text)) {
        require(*judged);
        require(!DuplicateFinder::has_duplicates(text));
    }
}

void check_mapping(const Event& event, ApiVersion version) {
    Mapper mapper({.api_version = version, .device_token_event_name = "token"});
    Mapped mapped;
    if (const auto done = mapper.map(event, mapped); !done) {
        require(!done.error().reason.empty());
        return;
    }
    require(mapped.request.path.starts_with("/api/v"));
    if (!mapped.request.body.empty()) check_json(mapped.request.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    Event event;
    const auto parsed = event.parse(text);
    if (const auto judged = is_json_object(text)) {
        require(parsed.has_value() ? *judged : !*judged || parsed.error().reason == nested_too_deep.reason);
    }
    if (!parsed) return 0;
    std::string written;
    event.write(written);
    check_json(written);
    check_mapping(event, ApiVersion::v1);
    check_mapping(event, ApiVersion::v2);
    return 0;
}
