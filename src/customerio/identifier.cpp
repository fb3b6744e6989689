#include "identifier.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/email.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/writer.hpp"

#include <charconv>
#include <system_error>

namespace pintle::customerio {
namespace {

bool is_zero(std::string_view number) {
    const std::size_t exponent = number.find_first_of("eE");
    const std::string_view mantissa = number.substr(0, exponent);
    if (mantissa.find_first_of("123456789") == std::string_view::npos) return true;
    if (exponent == std::string_view::npos) return false;
    double value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    if (read.ec == std::errc::result_out_of_range) return number[exponent + 1] == '-';  // too small to be told from 0
    return value == 0;
}

}  // namespace

std::optional<std::string_view> read_identifier(json::Value value) {
    switch (value.kind()) {
        case json::Kind::string:
            if (value.text().empty()) return std::nullopt;
            return value.text();
        case json::Kind::number: return value.raw();
        default: return std::nullopt;
    }
}

bool is_truthy(json::Value value) {
    switch (value.kind()) {
        case json::Kind::absent:
        case json::Kind::null: return false;
        case json::Kind::boolean: return value.raw() == "true";
        case json::Kind::number: return !is_zero(value.raw());
        case json::Kind::string: return !value.text().empty();
        default: return true;
    }
}

Identifier::Identifier(json::Value source) {
    const auto text = read_identifier(source);
    if (!text) return;
    text_ = *text;
    inside_ = source.raw();
    if (source.is(json::Kind::string)) inside_ = inside_.substr(1, inside_.size() - 2);
}

Result<void> check_person_id(const Identifier& person) {
    if (person.is_too_long()) return Reason::person_id_too_long;
    if (person.is_dots()) return Reason::person_id_invalid;
    return {};
}

void Identifier::write(std::string& out) const {
    out += '"';
    out += inside_;
    out += '"';
}

void PersonId::write_identifiers(std::string& out) const {
    const bool has_prefix = text().size() > cio_prefix.size() && text().starts_with(cio_prefix);
    UserIdType type = type_;
    if (type == UserIdType::automatic) {
        type = has_prefix ? UserIdType::cio_id : is_email_address(text()) ? UserIdType::email : UserIdType::id;
    }
    json::ObjectWriter object(out);
    if (type != UserIdType::cio_id) {
        write(object.member(type == UserIdType::email ? "email" : "id"));
    } else if (has_prefix) {
        json::write_string(text().substr(cio_prefix.size()), object.member("cio_id"));
    } else {
        write(object.member("cio_id"));
    }
    object.close();
}

}  // namespace pintle::customerio
