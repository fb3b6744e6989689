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

// Appends an object as written; "{}" for an empty array.
void write_object(json::Value value, std::string& out);

// A device's platform, in Customer.io's words.
void write_platform(std::string_view platform, std::string& out);

// {"email":...} or {"id":...}.
void write_person(const Identifier& person, std::string& out);

// The batch item of a group.
void write_group(const Group& group, std::string& out);

}  // namespace pintle::customerio
