#include "json_fragments.hpp"

#include <algorithm>
#include <array>

#include "date_conversion.hpp"
#include "pintle/base/ascii.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {

namespace {

// `device_os` is the system's name and version, of which one may be missing.
struct DeviceAttribute {
    std::string_view name;
    std::string_view first;
    std::string_view second;

    bool is_known() const { return !first.empty() || !second.empty(); }
};

std::array<DeviceAttribute, 4> find_device_attributes(json::Value context) {
    const json::Value system = context["os"];
    return {{{"device_os", system["name"].text(), system["version"].text()},
             {"device_model", context["device"]["model"].text(), {}},
             {"app_version", context["app"]["version"].text(), {}},
             {"device_locale", context["locale"].text(), {}}}};
}

void write_object_identifiers(const Identifier& object_id, const Identifier& object_type_id, std::string& out) {
    json::ObjectWriter identifiers(out);
    object_id.write(identifiers.member("object_id"));
    if (object_type_id) {
        object_type_id.write(identifiers.member("object_type_id"));
    } else {
        identifiers.literal("object_type_id", "1");
    }
    identifiers.close();
}

json::ObjectWriter begin_object(std::string_view action, std::string& out) {
    json::ObjectWriter item(out);
    item.literal("type", "object");
    item.literal("action", action);
    return item;
}

void write_attributes(json::Value attributes, bool convert_dates, std::string& out) {
    convert_dates ? write_converted(attributes, out) : attributes.write(out);
}

}  // namespace

void write_object(json::Value value, bool convert_dates, std::string& out) {
    if (value.is(json::Kind::object)) {
        write_attributes(value, convert_dates, out);
    } else {
        out += "{}";
    }
}

bool is_apples_platform(std::string_view platform) {
    constexpr std::array<std::string_view, 4> apple{"ios", "ipados", "watchos", "tvos"};
    return std::ranges::any_of(apple, [&](std::string_view name) { return is_in_any_case(platform, name); });
}

void write_platform(std::string_view platform, std::string& out) {
    if (is_apples_platform(platform)) {
        out += "\"ios\"";
        return;
    }
    std::string lower(platform);
    std::ranges::transform(lower, lower.begin(), to_lower);
    json::write_string(lower, out);
}

void write_relationship(const Relationship& relationship, bool convert_dates, std::string& out) {
    json::ObjectWriter object(out);
    write_object_identifiers(Identifier(relationship.object_id), Identifier(relationship.object_type_id),
                             object.member("identifiers"));
    if (relationship.attributes)
        write_attributes(relationship.attributes, convert_dates, object.member("relationship_attributes"));
    object.close();
}

void write_device_attributes(json::Value own, json::Value context, std::string& out) {
    json::ObjectWriter object(out);
    if (own.is(json::Kind::object)) {
        for (json::Value member = own.first(); member; member = member.next()) {
            if (!member.overridden()) member.write(object.member(member.raw_key()));
        }
    }
    for (const DeviceAttribute& known : find_device_attributes(context)) {
        if (!known.is_known() || own[known.name]) continue;
        object.member(known.name) += '"';
        json::write_string_inside(known.first, out);
        if (!known.first.empty() && !known.second.empty()) out += ' ';
        json::write_string_inside(known.second, out);
        out += '"';
    }
    object.close();
}

bool has_device_attributes(json::Value context) {
    return std::ranges::any_of(find_device_attributes(context), &DeviceAttribute::is_known);
}

void write_group(const Group& group, std::string& out) {
    json::ObjectWriter item = begin_object(group.action, out);
    write_object_identifiers(group.object_id, group.object_type_id, item.member("identifiers"));

    json::ObjectWriter attributes(item.member("attributes"));
    for (json::Value trait = group.traits.first(); trait; trait = trait.next()) {
        if (trait.overridden() || trait.key() == "action") continue;
        if (group.relationship_attributes && trait.key() == "relationshipAttributes") continue;
        write_attributes(trait, group.convert_dates, attributes.member(trait.raw_key()));
    }
    attributes.close();

    item.member("cio_relationships") += '[';
    if (group.person || group.anonymous_id) {
        json::ObjectWriter relationship(out);
        if (group.person) {
            group.person.write_identifiers(relationship.member("identifiers"));
        } else {
            json::ObjectWriter identifiers(relationship.member("identifiers"));
            group.anonymous_id.write(identifiers.member("anonymous_id"));
            identifiers.close();
        }
        if (group.relationship_attributes)
            write_attributes(group.relationship_attributes, group.convert_dates,
                             relationship.member("relationship_attributes"));
        relationship.close();
    }
    out += ']';
    item.close();
}

void write_object_deletion(const ObjectDeletion& deletion, std::string& out) {
    json::ObjectWriter item = begin_object(deletion.relationship_only ? "delete_relationships" : "delete", out);
    write_object_identifiers(deletion.object_id, deletion.object_type_id, item.member("identifiers"));
    if (deletion.relationship_only) {
        item.member("cio_relationships") += '[';
        json::ObjectWriter relationship(out);
        deletion.person.write_identifiers(relationship.member("identifiers"));
        relationship.close();
        out += ']';
    }
    item.close();
}

}  // namespace pintle::customerio
