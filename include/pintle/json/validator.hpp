#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pintle/json/tokens.hpp"

namespace pintle::json {

// Validates a value without building a tree: it needs no memory, whatever the size of the value, and works in steps, so
// that other work can run in between. It accepts the same values as Event, but does not look for duplicates.
class Validator {
public:
    enum class Status : std::uint8_t { more, valid, invalid, too_deep };

    // Begins with the value at a token, nested at most `levels` (1 to 64) deep. `names` are the members to find if it
    // is an object. The tokens and `names` must outlive the use.
    void begin(const Tokens& tokens, std::size_t token, std::size_t levels,
               std::span<const std::string_view> names = {});

    // Continues for about so many tokens. It must be called again after `more`, and not after another status.
    Status check(std::size_t tokens);

    // The value of the object's last member of that name, by its index in `names`. Nothing if
    // there is none.
    std::optional<TokenSpan> member(std::size_t name) const;

    std::size_t end() const noexcept { return at_; }  // one past the value's last token, if it is valid

private:
    enum class Expected : std::uint8_t { value, value_or_end, name, name_or_end, comma_or_end };

    Status step();
    Status read_value(char first);
    Status open(bool is_object);
    Status close();
    Status read_name(char first);
    bool in_object() const noexcept { return (objects_ & 1U) != 0; }

    const Tokens* tokens_ = nullptr;
    std::size_t at_ = 0;
    std::size_t levels_ = 0;
    std::size_t depth_ = 0;
    std::uint64_t objects_ = 0;  // a bit for each open container, the innermost lowest: 1 for an object
    Expected expected_ = Expected::value;
    std::span<const std::string_view> names_;
    std::vector<std::size_t> values_;  // tokens of the values of `names_`; 0: none
};

// Whether a token is a valid JSON scalar.
bool is_valid_scalar(const Tokens& tokens, std::size_t token) noexcept;

}  // namespace pintle::json
