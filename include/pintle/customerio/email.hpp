#pragma once

#include <string_view>

namespace pintle::customerio {

// Whether `text` is an email address as HTML's `input type=email` accepts it, with at least one dot after the "@" and a
// last label of two or more letters.
bool is_email_address(std::string_view text) noexcept;

}  // namespace pintle::customerio
