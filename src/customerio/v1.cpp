#include "v1.hpp"

#include "batch_item.hpp"
#include "dedupe_id.hpp"
#include "json_fragments.hpp"
#include "percent_encoding.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {

void V1::call(std::string_view method, std::string_view path) {
    request_.method = method;
    request_.path += path;
}

void V1::call_customer(std::string_view method, const PersonId& person, std::string_view rest) {
    call(method, "/api/v1/customers/");
    if (person.lacks_cio_prefix()) request_.path += PersonId::cio_prefix;
    percent_encode(person.text(), request_.path);
    request_.path += rest;
}

Result<void> V1::operator()(const Identify& identify) {
    call_customer("PUT", identify.person, "");
    attributes_.write(identify.attributes, identify.time, request_.body);
    return {};
}

Result<void> V1::operator()(const TrackEvent& event) {
    const bool anonymous = !event.person;
    if (anonymous) {
        call("POST", "/api/v1/events");
    } else {
        call_customer("POST", event.person, "/events");
    }
    json::ObjectWriter body(request_.body);
    event.name.write(anonymous, body.member("name"));
    body.literal("type", kind_name(event.occasion));
    if (has_object(event.properties)) write_object(event.properties, event.convert_dates, body.member("data"));
    if (event.time) body.number("timestamp", *event.time);
    if (anonymous) event.anonymous_id.write(body.member("anonymous_id"));
    if (event.message_id) {
        body.member("id") += '"';
        write_dedupe_id(event.message_id.text(), event.time, request_.body);
        request_.body += '"';
    }
    body.close();
    return {};
}

Result<void> V1::operator()(const Device& device) {
    if (device.removed) {
        call_customer("DELETE", device.person, "/devices/");
        percent_encode(device.token.text(), request_.path);
        return {};
    }
    call_customer("PUT", device.person, "/devices");
    json::ObjectWriter body(request_.body);
    json::ObjectWriter object(body.member("device"));
    const bool described = device.context && has_device_attributes(device.context);
    for (json::Value property = device.properties.first(); property; property = property.next()) {
        const std::string_view key = property.key();
        const bool overridden = key == "id" || (key == "last_used" && device.last_used) ||
                                (key == "platform" && !device.platform.empty()) || (described && key == "attributes");
        if (!property.overridden() && !overridden) property.write(object.member(property.raw_key()));
    }
    if (described) {
        write_device_attributes(device.properties["attributes"], device.context, object.member("attributes"));
    }
    device.token.write(object.member("id"));
    if (device.last_used) object.number("last_used", *device.last_used);
    if (!device.platform.empty()) write_platform(device.platform, object.member("platform"));
    object.close();
    body.close();
    return {};
}

Result<void> V1::operator()(const Group& group) {
    BatchItem item(request_);
    write_group(group, request_.body);
    return item.close();
}

Result<void> V1::operator()(const Alias& alias) {
    call("POST", "/api/v1/merge_customers");
    json::ObjectWriter body(request_.body);
    alias.primary.write_identifiers(body.member("primary"));
    alias.secondary.write_identifiers(body.member("secondary"));
    body.close();
    return {};
}

Result<void> V1::operator()(const UserChange& change) {
    switch (change.action) {
        case UserChange::Action::remove: call_customer("DELETE", change.person, ""); break;
        case UserChange::Action::suppress: call_customer("POST", change.person, "/suppress"); break;
        case UserChange::Action::unsuppress: call_customer("POST", change.person, "/unsuppress"); break;
    }
    return {};
}

Result<void> V1::operator()(const ObjectDeletion& deletion) {
    BatchItem item(request_);
    write_object_deletion(deletion, request_.body);
    return item.close();
}

}  // namespace pintle::customerio
