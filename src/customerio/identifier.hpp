#pragma once

#include <string>
#include <string_view>

#include "pintle/base/result.hpp"
#include "pintle/customerio/mapper.hpp"
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

// The id of a person, and which of Customer.io's identifiers it is: `automatic` leaves that to its text. Only a user id
// may have another type, as an email or an anonymous id may stand in for a missing one.
class PersonId : public Identifier {
public:
    PersonId() = default;
    explicit PersonId(const Identifier& id, UserIdType type = UserIdType::automatic) : Identifier(id), type_(type) {}

    // In a v1 path a cio_id has this prefix.
    static constexpr std::string_view cio_prefix = "cio_";
    bool lacks_cio_prefix() const { return type_ == UserIdType::cio_id && !text().starts_with(cio_prefix); }

    // {"id":...}, {"email":...} or {"cio_id":...}; the latter without the prefix.
    void write_identifiers(std::string& out) const;

private:
    UserIdType type_ = UserIdType::automatic;
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
