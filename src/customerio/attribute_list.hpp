#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mapped_call.hpp"

namespace pintle::customerio {

// Collects a person's attributes from where they come and writes each name once. Not thread-safe; its memory is reused.
class AttributeList {
public:
    // Appends a JSON object. `updated_at`: when the attributes were so, where it is to be told as `_timestamp`.
    void write(const Attributes& attributes, std::optional<std::int64_t> updated_at, std::string& out);

    // The same without any `_timestamp`, for an API that has a place of its own for it.
    void write_timeless(const Attributes& attributes, std::string& out);

private:
    enum class Form : std::uint8_t { as_written, assigned, text, number, rest_of_address, relationship };

    struct Attribute {
        std::string_view key;
        std::string_view raw_key;
        std::uint32_t key_hash = 0;
        Form form = Form::as_written;
        bool overridden = false;
        json::Value value;
        std::int64_t number = 0;
        Identifier text;
    };

    void collect(const Attributes& attributes);
    void add(std::string_view key, std::string_view raw_key, Form form, json::Value value);
    void add_member(json::Value member) { add(member.key(), member.raw_key(), Form::as_written, member); }
    void add_number(std::string_view key, std::int64_t number);
    void add_address(json::Value address);
    void add_traits(const Attributes& attributes);
    void add_user_properties(json::Value properties);
    void write_effective(std::string& out);
    void write_value(const Attribute& attribute, std::string& out) const;

    const Attributes* source_ = nullptr;  // while they are written
    std::vector<Attribute> list_;
    std::vector<Attribute*> order_;
};

}  // namespace pintle::customerio
