#include "attribute_list.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "pintle/json/node.hpp"
#include "pintle/json/overridden.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {
namespace {

constexpr std::string_view timestamp_name = "_timestamp";

bool is_address_part(std::string_view key) {
    constexpr std::array<std::string_view, 5> fields{"city", "country", "postalCode", "state", "street"};
    return std::ranges::find(fields, key) != fields.end();
}

// Traits that say who or when, and are told in other ways.
bool is_left_out(std::string_view trait) {
    return trait == "createdAt" || trait == "userId" || trait == "anonymousId";
}

}  // namespace

void AttributeList::write(const Attributes& attributes, std::optional<std::int64_t> updated_at, std::string& out) {
    collect(attributes);
    if (updated_at) add_number(timestamp_name, *updated_at);
    write_effective(out);
}

void AttributeList::write_timeless(const Attributes& attributes, std::string& out) {
    collect(attributes);
    std::erase_if(list_, [](const Attribute& attribute) { return attribute.key == timestamp_name; });
    write_effective(out);
}

void AttributeList::collect(const Attributes& attributes) {
    list_.clear();
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
    for (json::Value trait = attributes.traits.first(); trait; trait = trait.next()) {
        if (!trait.overridden() && !is_left_out(trait.key()) && trait.key() != "address") add_member(trait);
    }
    const Identifier& name = attributes.assigned_name;
    if (name && !is_left_out(name.text()) && name.text() != "address") {
        add(name.text(), name.inside(), Form::as_written, attributes.assigned);
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
        if (!attribute.overridden) write_value(attribute, object.member(attribute.raw_key));
    }
    object.close();
}

void AttributeList::write_value(const Attribute& attribute, std::string& out) {
    switch (attribute.form) {
        case Form::as_written: attribute.value.write(out); return;
        case Form::text: attribute.text.write(out); return;
        case Form::number: json::write_number(attribute.number, out); return;
        case Form::rest_of_address: break;
    }
    json::ObjectWriter rest(out);
    for (json::Value part = attribute.value.first(); part; part = part.next()) {
        if (!part.overridden() && !is_address_part(part.key())) part.write(rest.member(part.raw_key()));
    }
    rest.close();
}

}  // namespace pintle::customerio
