#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pintle/json/tokens.hpp"

namespace pintle::ingest {

// The member of that name at the top of an object, as its value; of several the last. It is found however broken the
// rest of the object is, as long as its brackets close.
std::optional<json::TokenSpan> find_member(const json::Tokens& tokens, json::TokenSpan object, std::string_view name);

// The text of a value; where that is an object, without any `writeKey` at its top.
std::string without_write_key(const json::Tokens& tokens, json::TokenSpan value);

// Any text, JSON or not, in which no string that follows a name `writeKey` can be read, and none of `keys`.
std::string hide_write_keys(std::string_view text, std::span<const std::string> keys);

}  // namespace pintle::ingest
