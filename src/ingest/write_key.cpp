#include "write_key.hpp"

#include <algorithm>
#include <cstddef>

namespace pintle::ingest {
namespace {

using json::Tokens;
using json::TokenSpan;

constexpr std::string_view write_key = "writeKey";
constexpr std::string_view hidden = "[redacted]";

// Calls `visit` with the token of each member's name and with its value. In one pass, as an event can have millions of
// tokens: once a value's brackets do not match, all that follow is taken for members of the object, with values of one
// token.
template <class Visit>
void each_member(const Tokens& tokens, TokenSpan object, Visit visit) {
    bool brackets_match = true;
    const auto value_at = [&](std::size_t token) {
        const auto value = brackets_match ? tokens.value_at(token) : std::nullopt;
        brackets_match = value.has_value();
        return value.value_or(TokenSpan{token, token + 1});
    };
    for (std::size_t at = object.begin + 1; at < object.end;) {
        if (tokens.first(at) == '"' && at + 2 < object.end && tokens.first(at + 1) == ':') {
            const auto value = value_at(at + 2);
            visit(at, value);
            at = value.end;
        } else {
            at = value_at(at).end;
        }
    }
}

// The string from its opening quote to the closing one, or to the end.
std::size_t end_of_string(std::string_view text, std::size_t quote) {
    for (std::size_t at = quote + 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at;
        }
    }
    return text.size();
}

std::string replace_all(std::string_view text, std::string_view what, std::string_view by) {
    std::string out;
    std::size_t kept = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, kept)) {
        out.append(text, kept, at - kept).append(by);
        kept = at + what.size();
    }
    return out.append(text, kept);
}

std::size_t skip_space(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

// The opening quote of the string that follows the name which ends before `at`, if there is one.
std::optional<std::size_t> value_behind(std::string_view text, std::size_t at) {
    if (!text.substr(at).starts_with('"')) return std::nullopt;
    at = skip_space(text, at + 1);
    if (!text.substr(at).starts_with(':')) return std::nullopt;
    at = skip_space(text, at + 1);
    return text.substr(at).starts_with('"') ? std::optional(at) : std::nullopt;
}

}  // namespace

std::optional<TokenSpan> find_member(const Tokens& tokens, TokenSpan object, std::string_view name) {
    std::optional<TokenSpan> found;
    if (object.begin == object.end || tokens.first(object.begin) != '{') return found;
    each_member(tokens, object, [&](std::size_t token, TokenSpan value) {
        if (tokens.is_string(token, name)) found = value;
    });
    return found;
}

std::string without_write_key(const Tokens& tokens, TokenSpan value) {
    const std::string_view text = tokens.text(value);
    if (value.begin == value.end || tokens.first(value.begin) != '{') return std::string(text);
    std::string out;
    std::size_t kept = value.begin;  // the first token that is not copied to `out` yet
    each_member(tokens, value, [&](std::size_t name, TokenSpan member) {
        if (!tokens.is_string(name, write_key)) return;
        out += tokens.text({kept, name});
        kept = member.end;
        if (kept < value.end && tokens.first(kept) == ',') ++kept;
    });
    const std::string_view rest = tokens.text({kept, value.end});
    if (rest.starts_with('}') && out.ends_with(',')) out.pop_back();
    return out.append(rest);
}

std::string hide_write_keys(std::string_view text, std::span<const std::string> keys) {
    std::string out;
    std::size_t kept = 0;
    for (auto at = text.find(write_key); at != std::string_view::npos; at = text.find(write_key, at)) {
        at += write_key.size();
        const auto quote = value_behind(text, at);
        if (!quote) continue;
        out.append(text, kept, *quote + 1 - kept).append(hidden);
        at = kept = end_of_string(text, *quote);
    }
    out.append(text, kept);
    for (const std::string& key : keys) {
        if (!key.empty()) out = replace_all(out, key, hidden);
    }
    return out;
}

}  // namespace pintle::ingest
