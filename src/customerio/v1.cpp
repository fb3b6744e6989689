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

void V1::call_customer(std::string_view method, const Identifier& person, std::string_view rest) {
    call(method, "/api/v1/customers/");
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
    body.literal("type", event.occasion == TrackKind::page ? "page" : "event");
    if (has_object(event.properties)) write_object(event.properties, body.member("data"));
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
    for (json::Value property = device.properties.first(); property; property = property.next()) {
        const std::string_view key = property.key();
        const bool overridden =
            key == "id" || (key == "last_used" && device.last_used) || (key == "platform" && !device.platform.empty());
        if (!property.overridden() && !overridden) property.write(object.member(property.raw_key()));
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
    write_person(alias.primary, body.member("primary"));
    write_person(alias.secondary, body.member("secondary"));
    body.close();
    return {};
}

}  // namespace pintle::customerio
