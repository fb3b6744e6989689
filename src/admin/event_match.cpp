#include "event_match.hpp"

#include "pintle/admin/erasure.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::admin {
namespace {

// Parses the event if it may have `text` as a value: a text search shows of most events that they have not, unless they
// have escapes.
bool parse_if_possible(std::string_view event, std::string_view text, json::Event& parsed) {
    if (event.find(text) == std::string_view::npos && event.find('\\') == std::string_view::npos) return false;
    return parsed.parse(event).has_value();
}

}  // namespace

bool is_about(std::string_view event, std::string_view user, json::Event& parsed) {
    if (!parse_if_possible(event, user, parsed)) return false;
    const auto person = customerio::read_person(parsed);
    return person.user_id == user || person.email == user || person.anonymous_id == user || person.previous_id == user;
}

bool has_message_id(std::string_view event, std::string_view message_id, json::Event& parsed) {
    return parse_if_possible(event, message_id, parsed) &&
           customerio::read_identifier(parsed["messageId"]).value_or("") == message_id;
}

bool is_to_erase(const ErasureQuery& query, std::string_view event, json::Event& parsed) {
    return (!query.user_id.empty() && is_about(event, query.user_id, parsed)) ||
           (!query.anonymous_id.empty() && is_about(event, query.anonymous_id, parsed));
}

}  // namespace pintle::admin
