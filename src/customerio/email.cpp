#include "pintle/customerio/email.hpp"

#include <algorithm>
#include <cstddef>

namespace pintle::customerio {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_letter_or_digit(char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}

bool is_local_character(char c) {
    return is_letter_or_digit(c) || std::string_view(".!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos;
}

bool is_label(std::string_view label) {
    constexpr std::size_t most = 63;
    return !label.empty() && label.size() <= most && is_letter_or_digit(label.front()) &&
           is_letter_or_digit(label.back()) &&
           std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

}  // namespace

bool is_email_address(std::string_view text) noexcept {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos || at == 0) return false;
    if (!std::ranges::all_of(text.substr(0, at), is_local_character)) return false;
    std::string_view domain = text.substr(at + 1);
    std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return false;
    for (; dot != std::string_view::npos; dot = domain.find('.')) {
        if (!is_label(domain.substr(0, dot))) return false;
        domain.remove_prefix(dot + 1);
    }
    return is_label(domain) && domain.size() >= 2 && std::ranges::all_of(domain, is_letter);
}

}  // namespace pintle::customerio
