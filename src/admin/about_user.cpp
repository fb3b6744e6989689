#include "about_user.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::admin {

bool is_about(std::string_view event, std::string_view user, json::Event& parsed) {
    // Most events are another person's. A text search shows that without parsing, unless the text has escapes.
    if (event.find(user) == std::string_view::npos && event.find('\\') == std::string_view::npos) return false;
    if (!parsed.parse(event)) return false;
    const auto person = customerio::read_person(parsed);
    return person.user_id == user || person.email == user || person.anonymous_id == user;
}

}  // namespace pintle::admin
