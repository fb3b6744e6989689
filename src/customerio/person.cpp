#include "event_fields.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/event.hpp"

namespace pintle::customerio {

Person read_person(const json::Event& event) {
    const EventFields fields = find_fields(event.root());
    return {find_user_id(fields).text(), find_email(fields).text(), fields.anonymous_id.text(),
            read_identifier(event["previousId"]).value_or("")};
}

}  // namespace pintle::customerio
