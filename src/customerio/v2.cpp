#include "v2.hpp"

#include "batch_item.hpp"
#include "dedupe_id.hpp"
#include "json_fragments.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {
namespace {

json::ObjectWriter begin_person(std::string_view action, std::string& out) {
    json::ObjectWriter item(out);
    item.literal("type", "person");
    item.literal("action", action);
    return item;
}

std::string_view action_of(UserChange::Action action) {
    switch (action) {
        case UserChange::Action::suppress: return "suppress";
        case UserChange::Action::unsuppress: return "unsuppress";
        default: return "delete";
    }
}

}  // namespace

Result<void> V2::operator()(const Identify& identify) {
    BatchItem frame(request_);
    json::ObjectWriter item = begin_person("identify", request_.body);
    identify.person.write_identifiers(item.member("identifiers"));
    attributes_.write_timeless(identify.attributes, item.member("attributes"));
    if (const Relationship& relationship = identify.attributes.relationship) {
        item.member("cio_relationships") += '[';
        write_relationship(relationship, identify.attributes.convert_dates, request_.body);
        request_.body += ']';
    }
    if (identify.time) item.number("timestamp", *identify.time);
    item.close();
    return frame.close();
}

Result<void> V2::operator()(const TrackEvent& event) {
    const bool anonymous = !event.person;
    if (anonymous && !batch_anonymous_) return V1(attributes_, request_)(event);
    BatchItem frame(request_);
    json::ObjectWriter item = begin_person(kind_name(event.occasion), request_.body);
    if (anonymous) {
        json::ObjectWriter identifiers(item.member("identifiers"));
        event.anonymous_id.write(identifiers.member("anonymous_id"));
        identifiers.close();
    } else {
        event.person.write_identifiers(item.member("identifiers"));
    }
    event.name.write(anonymous, item.member("name"));
    if (has_object(event.properties)) write_object(event.properties, event.convert_dates, item.member("attributes"));
    if (event.time) item.number("timestamp", *event.time);
    if (event.message_id) {
        item.member("id") += '"';
        write_dedupe_id(event.message_id.text(), event.time, request_.body);
        request_.body += '"';
    }
    item.close();
    return frame.close();
}

Result<void> V2::operator()(const Device& device) {
    BatchItem frame(request_);
    json::ObjectWriter item = begin_person(device.removed ? "delete_device" : "add_device", request_.body);
    device.person.write_identifiers(item.member("identifiers"));
    json::ObjectWriter object(item.member("device"));
    device.token.write(object.member("token"));
    if (!device.removed) {
        if (device.last_used) object.number("last_used", *device.last_used);
        if (!device.platform.empty()) write_platform(device.platform, object.member("platform"));
        if (device.context && has_device_attributes(device.context)) {
            write_device_attributes(device.properties, device.context, object.member("attributes"));
        } else if (has_object(device.properties)) {
            write_object(device.properties, false, object.member("attributes"));
        }
    }
    object.close();
    item.close();
    return frame.close();
}

Result<void> V2::operator()(const Group& group) {
    return V1(attributes_, request_)(group);
}

Result<void> V2::operator()(const Alias& alias) {
    BatchItem frame(request_);
    json::ObjectWriter item = begin_person("merge", request_.body);
    alias.primary.write_identifiers(item.member("primary"));
    alias.secondary.write_identifiers(item.member("secondary"));
    item.close();
    return frame.close();
}

Result<void> V2::operator()(const UserChange& change) {
    BatchItem frame(request_);
    json::ObjectWriter item = begin_person(action_of(change.action), request_.body);
    change.person.write_identifiers(item.member("identifiers"));
    item.close();
    return frame.close();
}

Result<void> V2::operator()(const ObjectDeletion& deletion) {
    return V1(attributes_, request_)(deletion);
}

}  // namespace pintle::customerio
