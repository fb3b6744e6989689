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

// Some tokens in a row, by their numbers.
struct TokenSpan {
    std::size_t begin = 0;
    std::size_t end = 0;  // one past the last
};

// Where the tokens of a JSON text begin: brackets, commas, colons, strings and other scalars. All are found in one go,
// which checks UTF-8, control characters and that strings end; grammar is up to who reads them. Not thread-safe; its
// memory is reused from text to text.
class Tokens {
public:
    Tokens();
    ~Tokens();
    Tokens(Tokens&&) noexcept;
    Tokens& operator=(Tokens&&) noexcept;

    // Replaces what was there by those of `text`, which gets spare capacity behind its end and must stay as it is for
    // as long as they are used.
    Result<void> find(std::string& text);

    std::size_t count() const noexcept { return count_; }
    TokenSpan all() const noexcept { return {0, count_}; }

    // The first character of a token; 0 for the one that would come behind the last.
    char first(std::size_t token) const noexcept { return text_[starts_[token]]; }

    // What begins with a token: brackets of either kind up to those that close them, or that token alone. Nothing where
    // they do not close, or it closes others.
    std::optional<TokenSpan> value_at(std::size_t token) const noexcept;

    // Whether a token is a string that stands for `plain`, however it is escaped.
    bool is_string(std::size_t token, std::string_view plain) const;

    // The text from a span's first character to its last.
    std::string_view text(TokenSpan span) const noexcept;

    // Where each begins in `base()`, and behind the last one where the text ends.
    const std::uint32_t* starts() const noexcept { return starts_; }
    const char* base() const noexcept { return text_; }

private:
    void make_room(std::size_t size);

    // simdjson's first stage alone: its own second stages either skip what nobody asks for (On-Demand) or turn numbers
    // into binary (DOM), and we need all of it checked and as written.
    std::unique_ptr<simdjson::internal::dom_parser_implementation> index_;
    const char* text_ = nullptr;
    const std::uint32_t* starts_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace pintle::json
