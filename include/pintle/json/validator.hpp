#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pintle/json/tokens.hpp"

namespace pintle::json {

// Checks a value's grammar without building anything: it needs no memory, however large the value is, and it goes in
// steps, so that others get a turn meanwhile. It takes and rejects what Event does, but does not look for duplicates.
class Validator {
public:
    enum class Outcome : std::uint8_t { more, valid, invalid, too_deep };

    // Begins the value at a token, with containers nested at most `levels` (1 to 64) deep. The tokens must stay, and so
    // must `names`: of members to be noticed where the value is an object.
    void begin(const Tokens& tokens, std::size_t token, std::size_t levels,
               std::span<const std::string_view> names = {});

    // Goes on for about so many tokens. After `more` it is to be called again, after any other outcome not.
    Outcome check(std::size_t tokens);

    // The value of the object's own member of that name, by its place in `names`; of several the last. Nothing where
    // there is none.
    std::optional<TokenSpan> member(std::size_t name) const;

    std::size_t end() const noexcept { return at_; }  // one past the value's last token, where it is valid

private:
    enum class Expected : std::uint8_t { value, value_or_end, name, name_or_end, comma_or_end };

    Outcome step();
    Outcome read_value(char first);
    Outcome open(bool is_object);
    Outcome close();
    Outcome read_name(char first);
    bool in_object() const noexcept { return (objects_ & 1U) != 0; }

    const Tokens* tokens_ = nullptr;
    std::size_t at_ = 0;
    std::size_t levels_ = 0;
    std::size_t depth_ = 0;
    std::uint64_t objects_ = 0;  // a bit for each open container, the innermost lowest: it is an object
    Expected expected_ = Expected::value;
    std::span<const std::string_view> names_;
    std::vector<std::size_t> values_;  // where those of `names_` begin; 0: there is none
};

// Whether a token is a scalar as JSON has them.
bool is_valid_scalar(const Tokens& tokens, std::size_t token) noexcept;

}  // namespace pintle::json
