#include "v2.hpp"

#include "batch_item.hpp"
#include "dedupe_id.hpp"
#include "json_fragments.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::customerio {
namespace {

void write_identifiers(const Identifier& person, std::string& out) {
    constexpr std::string_view cio_prefix = "cio_";
    const std::string_view text = person.text();
    if (text.size() <= cio_prefix.size() || !text.starts_with(cio_prefix)) {
        write_person(person, out);
        return;
    }
    json::ObjectWriter object(out);
    json::write_string(text.substr(cio_prefix.size()), object.member("cio_id"));
    object.close();
}

json::ObjectWriter begin_person(std::string_view action, std::string& out) {
    json::ObjectWriter item(out);
    item.literal("type", "person");
    item.literal("action", action);
    return item;
}

}  // namespace

Result<void> V2::operator()(const Identify& identify) {
    BatchItem frame(request_);
    json::ObjectWriter item = begin_person("identify", request_.body);
    write_identifiers(identify.person, item.member("identifiers"));
    attributes_.write_timeless(identify.attributes, item.member("attributes"));
    if (identify.time) item.number("timestamp", *identify.time);
    item.close();
    return frame.close();
}

Result<void> V2::operator()(const TrackEvent& event) {
    const bool anonymous = !event.person;
    if (anonymous && !batch_anonymous_) return V1(attributes_, request_)(event);
    BatchItem frame(request_);
    json::ObjectWriter item = begin_person(event.occasion == TrackKind::page ? "page" : "event", request_.body);
    if (anonymous) {
        json::ObjectWriter identifiers(item.member("identifiers"));
        event.anonymous_id.write(identifiers.member("anonymous_id"));
        identifiers.close();
    } else {
        write_identifiers(event.person, item.member("identifiers"));
    }
    event.name.write(anonymous, item.member("name"));
    if (has_object(event.properties)) write_object(event.properties, item.member("attributes"));
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
    write_identifiers(device.person, item.member("identifiers"));
    json::ObjectWriter object(item.member("device"));
    device.token.write(object.member("token"));
    if (!device.removed) {
        if (device.last_used) object.number("last_used", *device.last_used);
        if (!device.platform.empty()) write_platform(device.platform, object.member("platform"));
        if (has_object(device.properties)) write_object(device.properties, object.member("attributes"));
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
    write_person(alias.primary, item.member("primary"));
    write_person(alias.secondary, item.member("secondary"));
    item.close();
    return frame.close();
}

}  // namespace pintle::customerio
