#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// A dead letter as the database stores it: without its id, which is in the key.
std::string encode(const DeadLetter& letter);

// The source of an encoded letter, a view of `bytes`; "" if it cannot be decoded.
std::string_view source_of_letter(std::string_view bytes);

// Returns nothing if `bytes` is not a dead letter of a known version. The reason of a later version is `unknown`; for
// letters that were stored without a reason it is derived from the other fields.
std::optional<DeadLetter> decode_letter(std::uint64_t id, std::string_view bytes);

}  // namespace pintle::journal
