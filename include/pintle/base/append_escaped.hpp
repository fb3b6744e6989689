#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace pintle {

// Appends `text`, but `escape(c, out)` in place of each character for which `is_special(c)` is true.
template <class IsSpecial, class Escape>
void append_escaped(std::string_view text, std::string& out, IsSpecial is_special, Escape escape) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        const char* const special = std::find_if(at, end, is_special);
        out.append(at, special);
        at = special;
        if (at != end) escape(*at++, out);
    }
}

}  // namespace pintle
