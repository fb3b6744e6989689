#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pintle/json/tokens.hpp"

namespace pintle::ingest {

// The value of the object's last member of that name. The rest of the object may be invalid; behind brackets that do
// not match, members at any depth count as the object's own.
std::optional<json::TokenSpan> find_member(const json::Tokens& tokens, json::TokenSpan object, std::string_view name);

// The text of a value, without the `writeKey` members if it is an object.
std::string without_write_key(const json::Tokens& tokens, json::TokenSpan value);

// Masks all strings that follow the name `writeKey`, and all of `keys`, in any text, valid JSON or not.
std::string hide_write_keys(std::string_view text, std::span<const std::string> keys);

}  // namespace pintle::ingest
