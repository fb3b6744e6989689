#include "fields.hpp"

#include <algorithm>
#include <cmath>

namespace pintle::sandbox {

using nlohmann::json;

bool is_integer(const json& value) {
    if (value.is_number_integer()) return true;
    if (!value.is_number_float()) return false;
    const double number = value.get<double>();
    return std::isfinite(number) && std::trunc(number) == number;
}

bool is_ulid(std::string_view text) {
    // Crockford's base32 in any case. 26 digits have 130 bits, so that the first digit is at most 7.
    constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";
    return text.size() == 26 && text.front() <= '7' &&
           std::ranges::all_of(text, [&](char c) { return digits.find(c) != std::string_view::npos; });
}

void Fields::add(std::string_view reason, std::string_view name, std::string message) {
    findings_.push_back({std::string(reason), prefix_ + std::string(name), std::move(message), std::nullopt});
}

const json* Fields::member(std::string_view name, Need need) {
    const auto found = object_.find(std::string(name));
    if (found != object_.end()) return &*found;
    if (need == Need::required) add("required", name, prefix_ + std::string(name) + " is required");
    return nullptr;
}

bool Fields::text(std::string_view name, Need need) {
    const json* value = member(name, need);
    if (value == nullptr) return false;
    if (!value->is_string()) {
        add("invalid", name, prefix_ + std::string(name) + " must be a string");
        return false;
    }
    if (need == Need::required && value->get_ref<const std::string&>().empty()) {
        add("required", name, prefix_ + std::string(name) + " must not be empty");
        return false;
    }
    return true;
}

bool Fields::text_of(std::string_view name, Need need, std::initializer_list<std::string_view> allowed) {
    if (!text(name, need)) return false;
    if (std::ranges::find(allowed, (*this)[name].get_ref<const std::string&>()) != allowed.end()) return true;
    std::string list;
    for (const std::string_view one : allowed) list.append(list.empty() ? "" : ", ").append(one);
    add("invalid", name, prefix_ + std::string(name) + " must be one of " + list);
    return false;
}

bool Fields::integer(std::string_view name) {
    const json* value = member(name, Need::optional);
    if (value == nullptr) return false;
    if (is_integer(*value)) return true;
    add("invalid", name, prefix_ + std::string(name) + " must be an integer");
    return false;
}

bool Fields::boolean(std::string_view name) {
    const json* value = member(name, Need::optional);
    if (value == nullptr) return false;
    if (value->is_boolean()) return true;
    add("invalid", name, prefix_ + std::string(name) + " must be a boolean");
    return false;
}

bool Fields::ulid(std::string_view name) {
    if (!text(name, Need::optional)) return false;
    if (is_ulid((*this)[name].get_ref<const std::string&>())) return true;
    add("invalid", name, prefix_ + std::string(name) + " must be a ULID");
    return false;
}

bool Fields::identifier(std::string_view name) {
    if (!text(name, Need::required)) return false;
    if ((*this)[name].get_ref<const std::string&>().size() <= max_identifier) return true;
    add("too_large", name, prefix_ + std::string(name) + " must be at most 150 bytes");
    return false;
}

const json* Fields::object(std::string_view name, Need need) {
    const json* value = member(name, need);
    if (value == nullptr || value->is_object()) return value;
    add("invalid", name, prefix_ + std::string(name) + " must be an object");
    return nullptr;
}

const json* Fields::array(std::string_view name, Need need) {
    const json* value = member(name, need);
    if (value == nullptr || value->is_array()) return value;
    add("invalid", name, prefix_ + std::string(name) + " must be an array");
    return nullptr;
}

void check_event_name(Fields& fields, bool anonymous) {
    if (!fields.text("name", Need::required) || !anonymous) return;
    if (fields["name"].get_ref<const std::string&>().size() <= max_anonymous_name) return;
    fields.add("too_large", "name", "name of an anonymous event must be at most 100 bytes");
}

}  // namespace pintle::sandbox
