#pragma once

#include <string>
#include <string_view>

#include "pintle/base/result.hpp"
#include "pintle/json/event.hpp"

namespace pintle::customerio {

inline constexpr std::size_t max_identifier_bytes = 150;  // Customer.io's limit

// The identifier of a person, an object, a device or an event; false if absent.
class Identifier {
public:
    Identifier() = default;
    explicit Identifier(json::Value source);

    explicit operator bool() const noexcept { return !text_.empty(); }
    std::string_view text() const noexcept { return text_; }
    bool is_too_long() const noexcept { return text_.size() > max_identifier_bytes; }

    // Servers resolve these in a URL's path, even if they are encoded: the request would get another path.
    bool is_dots() const noexcept { return text_ == "." || text_ == ".."; }

    // Appends it as a JSON string, also if it is a number.
    void write(std::string& out) const;
    std::string_view inside() const noexcept { return inside_; }

private:
    std::string_view text_;
    std::string_view inside_;  // escaped, without the quotes
};

// Fails if Customer.io cannot accept the person id. An absent one is fine.
Result<void> check_person_id(const Identifier& person);

// The first of the values that can be an identifier.
template <class... Values>
Identifier first_identifier(json::Value value, Values... others) {
    Identifier identifier(value);
    if constexpr (sizeof...(others) > 0) {
        if (!identifier) return first_identifier(others...);
    }
    return identifier;
}

}  // namespace pintle::customerio
