#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::customerio {

// The message in the body of an error, for people: Customer.io's `meta.error`, `meta.errors` or `errors`, else the text
// itself; empty for HTML.
std::string error_text(std::string_view body);

// An error in the body of a 207.
struct ItemError {
    std::optional<std::size_t> index;  // of the item, if given
    std::string reason;                // for people
    std::string json;                  // as in the body, the first 16 KB
};

// All errors, in order; nothing if the body is not that of a 207.
std::optional<std::vector<ItemError>> read_item_errors(std::string_view body);

// At most 200 bytes of `text`, cut between characters; control characters and invalid UTF-8 replaced.
std::string printable(std::string_view text);

}  // namespace pintle::customerio
