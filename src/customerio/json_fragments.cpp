#include "json_fragments.hpp"

#include <algorithm>
#include <array>

#include "email.hpp"
#include "pintle/base/ascii.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {

void write_object(json::Value value, std::string& out) {
    if (value.is(json::Kind::object)) {
        value.write(out);
    } else {
        out += "{}";
    }
}

void write_platform(std::string_view platform, std::string& out) {
    constexpr std::array<std::string_view, 4> apple{"ios", "ipados", "watchos", "tvos"};
    if (std::ranges::any_of(apple, [&](std::string_view name) { return is_in_any_case(platform, name); })) {
        out += "\"ios\"";
        return;
    }
    std::string lower(platform);
    std::ranges::transform(lower, lower.begin(), to_lower);
    json::write_string(lower, out);
}

void write_person(const Identifier& person, std::string& out) {
    json::ObjectWriter object(out);
    person.write(object.member(is_email_address(person.text()) ? "email" : "id"));
    object.close();
}

void write_group(const Group& group, std::string& out) {
    json::ObjectWriter item(out);
    item.literal("type", "object");
    item.literal("action", group.action);

    json::ObjectWriter identifiers(item.member("identifiers"));
    group.object_id.write(identifiers.member("object_id"));
    if (group.object_type_id) {
        group.object_type_id.write(identifiers.member("object_type_id"));
    } else {
        identifiers.literal("object_type_id", "1");
    }
    identifiers.close();

    json::ObjectWriter attributes(item.member("attributes"));
    for (json::Value trait = group.traits.first(); trait; trait = trait.next()) {
        if (!trait.overridden() && trait.key() != "action") trait.write(attributes.member(trait.raw_key()));
    }
    attributes.close();

    item.member("cio_relationships") += '[';
    if (group.person) {
        json::ObjectWriter relationship(out);
        write_person(group.person, relationship.member("identifiers"));
        relationship.close();
    }
    out += ']';
    item.close();
}

}  // namespace pintle::customerio
