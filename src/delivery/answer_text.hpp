#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pintle::delivery {

// What the body of an error says, for people: Customer.io's `meta.error`, `meta.errors` or `errors`, else the text
// itself; empty where there is none that a person would read (HTML).
std::string error_text(std::string_view body);

// Whether the body of a 207 names an item that was refused.
enum class Items : std::uint8_t { all_taken, refused, unreadable };
Items read_items(std::string_view body);

// At most 200 bytes of `text`, cut between characters; control characters and invalid UTF-8 replaced.
std::string printable(std::string_view text);

}  // namespace pintle::delivery
