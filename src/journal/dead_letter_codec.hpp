#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// A dead letter as the database keeps it: without its id, which is in its key.
std::string encode(const DeadLetter& letter);

// Of an encoded letter; "" where it cannot be read. A view of `bytes`.
std::string_view source_of_letter(std::string_view bytes);

// Nothing where `bytes` is no dead letter of a version known here. A reason that a later version stored is `unknown`;
// of a letter from before there were reasons it is derived from what the letter says.
std::optional<DeadLetter> decode_letter(std::uint64_t id, std::string_view bytes);

}  // namespace pintle::journal
