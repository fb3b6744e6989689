#include "authority.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>

namespace pintle::admin {
namespace {

constexpr std::size_t max_name = 253;
constexpr std::size_t max_port_digits = 5;  // digits

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.size() > max_port_digits || !std::ranges::all_of(text, is_digit)) return std::nullopt;
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

// A host name without empty labels.
bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= max_name && text.front() != '.' && !text.ends_with('.') &&
           text.find("..") == std::string_view::npos && std::ranges::all_of(text, is_name_character);
}

bool is_ipv6(std::string_view text) {
    if (text.find('%') != std::string_view::npos) return false;  // a zone id may be any text
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(std::string(text), error);
    return !error;
}

bool is_ipv4(std::string_view text) {
    boost::system::error_code error;
    boost::asio::ip::make_address_v4(std::string(text), error);
    return !error;
}

}  // namespace

bool Authority::is_unspoofable() const {
    return is_address || host == "localhost" || host.ends_with(".localhost");
}

std::optional<Authority> parse_authority(std::string_view text) {
    Authority authority;
    const bool bracketed = text.starts_with('[');
    const auto end_of_host = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (end_of_host == std::string_view::npos) return std::nullopt;
    auto rest = text.substr(bracketed ? end_of_host + 1 : end_of_host);
    if (!rest.empty()) {
        if (rest.front() != ':') return std::nullopt;
        authority.port = parse_port(rest.substr(1));
        if (!authority.port) return std::nullopt;
    }
    if (bracketed) {
        authority.host = lower_case(text.substr(1, end_of_host - 1));
        authority.is_address = is_ipv6(authority.host);
        return authority.is_address ? std::optional(authority) : std::nullopt;
    }
    authority.host = lower_case(text.substr(0, end_of_host));
    authority.is_address = is_ipv4(authority.host);
    if (authority.is_address) return authority;
    if (authority.host.ends_with('.')) authority.host.pop_back();
    return is_name(authority.host) && !is_ipv4(authority.host) ? std::optional(authority) : std::nullopt;
}

std::optional<Authority> parse_origin(std::string_view text) {
    const bool secure = text.starts_with("https://");
    if (!secure && !text.starts_with("http://")) return std::nullopt;
    auto authority = parse_authority(text.substr(secure ? 8 : 7));
    if (authority && !authority->port) authority->port = secure ? 443 : 80;
    return authority;
}

}  // namespace pintle::admin
