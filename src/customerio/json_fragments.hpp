#pragma once

#include <string>
#include <string_view>

#include "mapped_call.hpp"

// Pieces of JSON that both versions of the API have in common.
namespace pintle::customerio {

// Whether there is an object, or the empty array that counts as one.
inline bool has_object(json::Value value) {
    return value.is(json::Kind::object) || value.is(json::Kind::array);
}

// Appends an object as written; "{}" for an empty array. `convert_dates`: dates in it as write_converted() writes them.
void write_object(json::Value value, bool convert_dates, std::string& out);

// The name in both versions of the API.
inline std::string_view kind_name(TrackKind kind) {
    return kind == TrackKind::track ? "event" : kind == TrackKind::page ? "page" : "screen";
}

// Whether devices of that platform, in any case, get Apple's push notifications.
bool is_apples_platform(std::string_view platform);

// A device's platform, in Customer.io's words.
void write_platform(std::string_view platform, std::string& out);

// A relationship: the identifiers of an object, and the attributes if there are any.
void write_relationship(const Relationship& relationship, bool convert_dates, std::string& out);

// Device attributes, as an object: the members of `own` (if it is an object) and what `context` tells about the device
// under names that `own` does not have.
void write_device_attributes(json::Value own, json::Value context, std::string& out);

// Whether `context` tells anything about the device.
bool has_device_attributes(json::Value context);

// The batch item of a group.
void write_group(const Group& group, std::string& out);

// The batch item of a semantic event about an object.
void write_object_deletion(const ObjectDeletion& deletion, std::string& out);

}  // namespace pintle::customerio
