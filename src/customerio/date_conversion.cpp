#include "date_conversion.hpp"

#include "iso8601.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {

// The depth of an event is limited, and with it that of the recursion.
void write_converted(json::Value value, std::string& out) {
    if (value.is(json::Kind::string)) {
        if (const auto date = read_date(value.text())) return json::write_number(date->count(), out);
    }
    if (!value.is(json::Kind::object)) return value.write(out);
    json::ObjectWriter object(out);
    for (json::Value member = value.first(); member; member = member.next()) {
        if (!member.overridden()) write_converted(member, object.member(member.raw_key()));
    }
    object.close();
}

}  // namespace pintle::customerio
