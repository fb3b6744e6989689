#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::customerio {

// What the body of an error says, for people: Customer.io's `meta.error`, `meta.errors` or `errors`, else the text
// itself; empty where there is none that a person would read (HTML).
std::string error_text(std::string_view body);

// An error that the body of a 207 names.
struct ItemError {
    std::optional<std::size_t> index;  // which item's; none where it does not say
    std::string reason;                // for people
    std::string json;                  // as it stands in the body, its first 16 KB
};

// All of them; nothing where the body is no 207's. In the order in which they stand.
std::optional<std::vector<ItemError>> read_item_errors(std::string_view body);

// At most 200 bytes of `text`, cut between characters; control characters and invalid UTF-8 replaced.
std::string printable(std::string_view text);

}  // namespace pintle::customerio
