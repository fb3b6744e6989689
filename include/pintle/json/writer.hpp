#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pintle::json {

// Appends `text` as a JSON string, with or without the quotes.
void write_string(std::string_view text, std::string& out);
void write_string_inside(std::string_view text, std::string& out);

void write_number(std::int64_t number, std::string& out);

// Appends an object member by member; `close` ends it. Names are written unchanged: they must need no escaping or be
// escaped already, and must be unique.
class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) {}

    // Begins a member. The caller appends its value to the returned string.
    std::string& member(std::string_view raw_key) {
        out_.append(empty_ ? "{\"" : ",\"", 2);
        empty_ = false;
        out_ += raw_key;
        out_ += "\":";
        return out_;
    }

    void literal(std::string_view raw_key, std::string_view text) {
        member(raw_key) += '"';
        out_ += text;
        out_ += '"';
    }

    void number(std::string_view raw_key, std::int64_t number) { write_number(number, member(raw_key)); }

    void close() { out_ += empty_ ? "{}" : "}"; }

private:
    std::string& out_;
    bool empty_ = true;
};

}  // namespace pintle::json
