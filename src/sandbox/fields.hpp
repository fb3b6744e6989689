#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "finding.hpp"

namespace pintle::sandbox {

inline constexpr std::size_t max_identifier = 150;      // bytes of the identifier of a person or object
inline constexpr std::size_t max_anonymous_name = 100;  // bytes of the name of an anonymous event
inline constexpr std::size_t max_request = 32'000;      // bytes of a v1 request, a v2 entity or an item of a batch
inline constexpr std::size_t max_batch = 500'000;       // bytes

enum class Need : std::uint8_t { optional, required };

// Checks the members of a JSON object and adds problems to `findings`. A check returns true if the member exists and is
// valid.
class Fields {
public:
    // `prefix` names the object in messages: "device.". `object` must be a JSON object and outlive this.
    Fields(const nlohmann::json& object, std::string prefix, Findings& findings)
        : object_(object), prefix_(std::move(prefix)), findings_(findings) {}

    bool text(std::string_view name, Need need);  // a string; not empty where required
    bool text_of(std::string_view name, Need need, std::initializer_list<std::string_view> allowed);
    bool integer(std::string_view name);
    bool boolean(std::string_view name);
    bool ulid(std::string_view name);
    bool identifier(std::string_view name);  // a non-empty string of at most 150 bytes
    const nlohmann::json* object(std::string_view name, Need need);
    const nlohmann::json* array(std::string_view name, Need need);

    bool has(std::string_view name) const { return object_.contains(name); }
    const nlohmann::json& operator[](std::string_view name) const { return object_.at(std::string(name)); }
    void add(std::string_view reason, std::string_view name, std::string message);

private:
    const nlohmann::json* member(std::string_view name, Need need);

    const nlohmann::json& object_;
    std::string prefix_;
    Findings& findings_;
};

bool is_integer(const nlohmann::json& value);  // as in JSON Schema: 1.0 is an integer
bool is_ulid(std::string_view text);

// Checks the name of an event, page or screen; that of an anonymous event has at most 100 bytes.
void check_event_name(Fields& fields, bool anonymous);

}  // namespace pintle::sandbox
