#include "mapping/parts.hpp"
#include "pintle/mapping/event.hpp"

namespace pintle::mapping {

Person read_person(const Event& event) {
    const Parts parts = find_parts(event.root());
    return {find_user_id(parts).text(), find_email(parts).text(), parts.anonymous_id.text()};
}

}  // namespace pintle::mapping
