#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/base/result.hpp"
#include "pintle/json/event.hpp"

namespace simdjson::internal {
class dom_parser_implementation;  // NOLINT(readability-identifier-naming): its name
}

namespace pintle::json {

// Consecutive tokens, by their indexes.
struct TokenSpan {
    std::size_t begin = 0;
    std::size_t end = 0;  // one past the last
};

// The offsets of the tokens of a JSON text: brackets, commas, colons, strings and other scalars. Finding them also
// checks UTF-8, control characters and that strings end, but not the grammar. Not thread-safe; reuses its memory from
// text to text.
class Tokens {
public:
    Tokens();
    ~Tokens();
    Tokens(Tokens&&) noexcept;
    Tokens& operator=(Tokens&&) noexcept;

    // Finds the tokens of `text`, which gets spare capacity behind its end and must not change while they are used.
    // Replaces the tokens of an earlier text.
    Result<void> find(std::string& text);

    std::size_t count() const noexcept { return count_; }
    TokenSpan all() const noexcept { return {0, count_}; }

    // The first character of a token; 0 for the one after the last.
    char first(std::size_t token) const noexcept { return text_[starts_[token]]; }

    // The value that begins with a token: up to the matching closing bracket, or the token alone. Nothing if brackets
    // do not match.
    std::optional<TokenSpan> value_at(std::size_t token) const noexcept;

    // Whether a token is a string with the value `plain`, with any escaping.
    bool is_string(std::size_t token, std::string_view plain) const;

    // The text of a span.
    std::string_view text(TokenSpan span) const noexcept;

    // The offset of each token in `base()`, followed by that of the end.
    const std::uint32_t* starts() const noexcept { return starts_; }
    const char* base() const noexcept { return text_; }

private:
    void make_room(std::size_t size);

    // Only simdjson's first stage: its second stages either skip values that are not used (On-Demand) or convert
    // numbers to binary (DOM), but here all values must be checked and kept as written.
    std::unique_ptr<simdjson::internal::dom_parser_implementation> index_;
    const char* text_ = nullptr;
    const std::uint32_t* starts_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace pintle::json
