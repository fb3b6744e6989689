#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include "pintle/base/reason.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/depth.hpp"
#include "pintle/json/node.hpp"

namespace pintle::json {

static_assert(max_json_depth == 64, "the sentence of Reason::nested_too_deep names it");

class Tokens;
struct TokenSpan;

// A value in a parsed event, or none. Cheap to copy; valid until its Event parses again, is changed or destroyed.
class Value {
public:
    Value() = default;
    explicit Value(const Node* node) : node_(node) {}

    Kind kind() const noexcept { return node_ == nullptr ? Kind::absent : node_->kind; }
    bool is(Kind kind) const noexcept { return this->kind() == kind; }
    explicit operator bool() const noexcept { return node_ != nullptr; }
    const Node* node() const noexcept { return node_; }  // null if absent

    // The JSON text as written.
    std::string_view raw() const noexcept { return node_ == nullptr ? std::string_view{} : node_->raw(); }
    // A string's characters, unescaped; empty for other kinds.
    std::string_view text() const noexcept { return is(Kind::string) ? node_->text() : std::string_view{}; }
    // The unescaped name, if this is a member of an object.
    std::string_view key() const noexcept { return node_ == nullptr ? std::string_view{} : node_->key(); }
    // The name as written, without its quotes.
    std::string_view raw_key() const noexcept { return node_ == nullptr ? std::string_view{} : node_->raw_key(); }

    // The last member of that unescaped name. Absent if there is none or this is not an object.
    Value operator[](std::string_view key) const noexcept { return Value(find_member(node_, key, name_hash(key))); }

    // The members or elements in order, duplicates included: `for (Value v = o.first(); v; v = v.next())`.
    Value first() const noexcept { return Value(is(Kind::object) || is(Kind::array) ? node_->first : nullptr); }
    Value next() const noexcept { return Value(node_ == nullptr ? nullptr : node_->next); }
    // Whether a later member of the same object has the same name.
    bool overridden() const noexcept { return node_ != nullptr && node_->overridden; }

    // Appends it as JSON without duplicate keys: the raw text if that has none.
    void write(std::string& out) const;

private:
    const Node* node_ = nullptr;
};

// An event: a JSON text, parsed and fully validated (structure, numbers, escapes, UTF-8). Not thread-safe; keep one per
// thread, as it reuses its buffers.
class Event {
public:
    Event();
    ~Event();
    Event(Event&&) noexcept;
    Event& operator=(Event&&) noexcept;

    // Parses `text`, which must be one JSON object that nests at most `levels` deep. Copies it.
    Result<void> parse(std::string_view text, std::size_t levels = max_json_depth);

    // Parses a part of a text without a copy: the text must not change while the event is used. `span` is all of the
    // tokens, or comes from them.
    Result<void> read(const Tokens& tokens, TokenSpan span);

    Value root() const noexcept;
    Value operator[](std::string_view key) const noexcept { return root()[key]; }

    // Sets a member, as if it were the last one of the event. `key` must need no escaping, `json` must be valid; both
    // are copied. At most 32 times per event.
    void set(std::string_view key, std::string_view json);
    void set_text(std::string_view key, std::string_view plain);  // a string, which needs no escaping

    // Removes a member for reading and writing.
    void remove(std::string_view key);

    // The maximum number of bytes that `write` appends.
    std::size_t most_bytes() const noexcept;

    // Appends the whole event, with all changes and without duplicate keys.
    void write(std::string& out) const;

private:
    void add(std::string_view key, Node& value);

    struct Tree;
    std::unique_ptr<Tree> tree_;
};

}  // namespace pintle::json
