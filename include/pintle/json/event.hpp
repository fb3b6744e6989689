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

// A place in a parsed event, perhaps absent. Cheap to copy; valid until its Event is parsed anew, changed or destroyed.
class Value {
public:
    Value() = default;
    explicit Value(const Node* node) : node_(node) {}

    Kind kind() const noexcept { return node_ == nullptr ? Kind::absent : node_->kind; }
    bool is(Kind kind) const noexcept { return this->kind() == kind; }
    explicit operator bool() const noexcept { return node_ != nullptr; }
    const Node* node() const noexcept { return node_; }  // null where it is absent

    // The JSON text as it was written.
    std::string_view raw() const noexcept { return node_ == nullptr ? std::string_view{} : node_->raw(); }
    // A string's characters, unescaped; empty for other kinds.
    std::string_view text() const noexcept { return is(Kind::string) ? node_->text() : std::string_view{}; }
    // The unescaped name, where this is a member of an object.
    std::string_view key() const noexcept { return node_ == nullptr ? std::string_view{} : node_->key(); }
    // The name as it was written, without its quotes.
    std::string_view raw_key() const noexcept { return node_ == nullptr ? std::string_view{} : node_->raw_key(); }

    // A member by its unescaped name; of duplicates the last. Absent where there is none, or this is no object.
    Value operator[](std::string_view key) const noexcept { return Value(find_member(node_, key, name_hash(key))); }

    // The members or elements in order, duplicates included: `for (Value v = o.first(); v; v = v.next())`.
    Value first() const noexcept { return Value(is(Kind::object) || is(Kind::array) ? node_->first : nullptr); }
    Value next() const noexcept { return Value(node_ == nullptr ? nullptr : node_->next); }
    // A later member of the same object has the same name.
    bool overridden() const noexcept { return node_ != nullptr && node_->overridden; }

    // As JSON without duplicate keys: the raw text where it has none, else written anew.
    void write(std::string& out) const;

private:
    const Node* node_ = nullptr;
};

// One event: JSON text, parsed and validated whole (structure, numbers, escapes, UTF-8). Not thread-safe; keep one a
// thread, its buffers are reused.
class Event {
public:
    Event();
    ~Event();
    Event(Event&&) noexcept;
    Event& operator=(Event&&) noexcept;

    // Replaces what was there by `text`, which must be one JSON object. The text is copied.
    Result<void> parse(std::string_view text);

    // The same for a part of a text, which is not copied: it must stay as it is for as long as the event is used. The
    // span is all of the tokens, or one that they gave.
    Result<void> read(const Tokens& tokens, TokenSpan span);

    Value root() const noexcept;
    Value operator[](std::string_view key) const noexcept { return root()[key]; }

    // `key` (which needs no escaping) reads as `json` from now on, as if it stood last in the event. `json` is copied;
    // it must be valid JSON. At most 32 times an event.
    void set(std::string_view key, std::string_view json);
    void set_text(std::string_view key, std::string_view plain);  // a string, which needs no escaping

    // The event reads and is written as if it had no such member.
    void remove(std::string_view key);

    // At most so many bytes is what `write` appends.
    std::size_t most_bytes() const noexcept;

    // The whole event, with what was set and without duplicate keys.
    void write(std::string& out) const;

private:
    void add(std::string_view key, Node& value);

    struct Tree;
    std::unique_ptr<Tree> tree_;
};

}  // namespace pintle::json
