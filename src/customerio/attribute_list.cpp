#include "attribute_list.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "date_conversion.hpp"
#include "json_fragments.hpp"
#include "pintle/json/node.hpp"
#include "pintle/json/overridden.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {
namespace {

constexpr std::string_view timestamp_name = "_timestamp";
constexpr std::string_view relationships_name = "cio_relationships";

bool is_address_part(std::string_view key) {
    constexpr std::array<std::string_view, 5> fields{"city", "country", "postalCode", "state", "street"};
    return std::ranges::find(fields, key) != fields.end();
}

// Traits that identify the person or give a time. The request has other members for them.
bool is_left_out(std::string_view trait) {
    return trait == "createdAt" || trait == "userId" || trait == "anonymousId";
}

// Traits that describe a relationship.
bool is_about_object(std::string_view trait) {
    return trait == "objectId" || trait == "objectTypeId" || trait == "object_type_id" ||
           trait == "relationshipAttributes";
}

void write_as_sent(json::Value value, bool convert_dates, std::string& out) {
    convert_dates ? write_converted(value, out) : value.write(out);
}

}  // namespace

void AttributeList::write(const Attributes& attributes, std::optional<std::int64_t> updated_at, std::string& out) {
    collect(attributes);
    if (updated_at) add_number(timestamp_name, *updated_at);
    if (attributes.relationship) add(relationships_name, relationships_name, Form::relationship, json::Value());
    write_effective(out);
}

void AttributeList::write_timeless(const Attributes& attributes, std::string& out) {
    collect(attributes);
    std::erase_if(list_, [related = static_cast<bool>(attributes.relationship)](const Attribute& attribute) {
        return attribute.key == timestamp_name || (related && attribute.key == relationships_name);
    });
    write_effective(out);
}

void AttributeList::collect(const Attributes& attributes) {
    list_.clear();
    source_ = &attributes;
    add_address(attributes.address);
    add_traits(attributes);
    add_user_properties(attributes.user_properties);
    if (attributes.created_at) add_number("created_at", *attributes.created_at);
    if (attributes.anonymous_id) {
        add("anonymous_id", "anonymous_id", Form::text, json::Value());
        list_.back().text = attributes.anonymous_id;
    }
}

void AttributeList::add(std::string_view key, std::string_view raw_key, Form form, json::Value value) {
    Attribute& added = list_.emplace_back();
    added.key = key;
    added.raw_key = raw_key;
    added.key_hash = json::name_hash(key);
    added.form = form;
    added.value = value;
}

void AttributeList::add_number(std::string_view key, std::int64_t number) {
    add(key, key, Form::number, json::Value());
    list_.back().number = number;
}

void AttributeList::add_address(json::Value address) {
    if (!address) return;
    if (!address.is(json::Kind::object)) {
        add("address", "address", Form::as_written, address);
        return;
    }
    bool has_rest = false;
    for (json::Value part = address.first(); part; part = part.next()) {
        if (part.overridden()) continue;
        if (is_address_part(part.key())) {
            add_member(part);
        } else {
            has_rest = true;
        }
    }
    if (has_rest) add("address", "address", Form::rest_of_address, address);
}

void AttributeList::add_traits(const Attributes& attributes) {
    const bool related = static_cast<bool>(attributes.relationship);
    const auto is_elsewhere = [related](std::string_view trait) {
        return is_left_out(trait) || trait == "address" || (related && is_about_object(trait));
    };
    for (json::Value trait = attributes.traits.first(); trait; trait = trait.next()) {
        if (!trait.overridden() && !is_elsewhere(trait.key())) add_member(trait);
    }
    const Identifier& name = attributes.assigned_name;
    if (name && !is_elsewhere(name.text())) {
        add(name.text(), name.inside(), Form::assigned, attributes.assigned);
    }
}

void AttributeList::add_user_properties(json::Value properties) {
    for (json::Value property = properties.first(); property; property = property.next()) {
        if (!property.overridden()) add_member(property);
    }
}

void AttributeList::write_effective(std::string& out) {
    order_.clear();
    for (Attribute& attribute : list_) order_.push_back(&attribute);
    json::mark_overridden(std::span(order_), &Attribute::key);
    json::ObjectWriter object(out);
    for (const Attribute& attribute : list_) {
        if (attribute.overridden) continue;
        std::string& to = object.member(attribute.raw_key);
        if (attribute.form == Form::as_written && !source_->convert_dates) {
            attribute.value.write(to);
        } else {
            write_value(attribute, to);
        }
    }
    object.close();
}

void AttributeList::write_value(const Attribute& attribute, std::string& out) const {
    switch (attribute.form) {
        case Form::as_written: write_converted(attribute.value, out); return;
        case Form::assigned: attribute.value.write(out); return;
        case Form::text: attribute.text.write(out); return;
        case Form::number: json::write_number(attribute.number, out); return;
        case Form::relationship: {
            json::ObjectWriter relationships(out);
            relationships.literal("action", "add_relationships");
            relationships.member("relationships") += '[';
            write_relationship(source_->relationship, source_->convert_dates, out);
            out += ']';
            relationships.close();
            return;
        }
        case Form::rest_of_address: break;
    }
    json::ObjectWriter rest(out);
    for (json::Value part = attribute.value.first(); part; part = part.next()) {
        if (!part.overridden() && !is_address_part(part.key()))
            write_as_sent(part, source_->convert_dates, rest.member(part.raw_key()));
    }
    rest.close();
}

}  // namespace pintle::customerio
