#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pintle::json {

enum class Kind : std::uint8_t { absent, null, boolean, number, string, array, object };

// A parsed value, with its name if it is a member. All views point into the Document that holds it. A node is one cache
// line, as events are read into nodes. Fields that apply to some kinds are uninitialized for the others. Sizes have 32
// bits, as the offsets of tokens have.
struct Node {
    std::string_view raw() const noexcept { return {raw_, raw_size_}; }
    std::string_view raw_key() const noexcept { return {raw_key_, raw_key_size_}; }
    std::string_view key() const noexcept {
        return unescaped_ & of_key ? std::string_view(unescaped_key_, unescaped_key_size_) : raw_key();
    }
    // Only for a string.
    std::string_view text() const noexcept {
        return unescaped_ & of_text ? std::string_view(unescaped_text, unescaped_text_size_) : inside(raw());
    }
    static std::string_view inside(std::string_view quoted) noexcept { return {quoted.data() + 1, quoted.size() - 2}; }

    // Resets it. `clear_name` or a name must follow.
    void reset() noexcept {
        kind = Kind::absent;
        overridden = has_duplicates = false;
        unescaped_ = 0;
    }
    void clear_name() noexcept {
        set_raw_key({});
        key_hash = 0;
    }
    void set_raw(std::string_view text) noexcept { set(text, raw_, raw_size_); }
    void set_raw_key(std::string_view name) noexcept { set(name, raw_key_, raw_key_size_); }
    void set_key(std::string_view unescaped) noexcept {
        set(unescaped, unescaped_key_, unescaped_key_size_);
        unescaped_ |= of_key;
    }
    void set_text(std::string_view unescaped) noexcept {
        set(unescaped, unescaped_text, unescaped_text_size_);
        unescaped_ |= of_text;
    }

    Node* next;  // the sibling after this one
    union {
        Node* first;                 // of an array or object
        const char* unescaped_text;  // of a string with escapes
    };
    std::uint32_t key_hash;
    Kind kind;
    bool overridden;      // a later member of the same object has the same name
    bool has_duplicates;  // `raw` has an object with a duplicate name

private:
    static constexpr std::uint8_t of_key = 1;
    static constexpr std::uint8_t of_text = 2;

    static void set(std::string_view text, const char*& at, std::uint32_t& size) noexcept {
        at = text.data();
        size = static_cast<std::uint32_t>(text.size());
    }

    std::uint8_t unescaped_;  // which texts are unescaped copies
    const char* raw_;
    const char* raw_key_;
    std::uint32_t raw_size_;
    std::uint32_t raw_key_size_;
    const char* unescaped_key_;
    std::uint32_t unescaped_key_size_;
    std::uint32_t unescaped_text_size_;
};

// A fast hash, good enough to compare most pairs of names by one integer. It may change with each version.
inline std::uint32_t name_hash(std::string_view name) noexcept {
    const char* at = name.data();
    const std::size_t size = name.size();
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    if (size >= 8) {
        std::memcpy(&head, at, 8);
        std::memcpy(&tail, at + size - 8, 8);
    } else if (size >= 4) {
        std::memcpy(&head, at, 4);
        std::memcpy(&tail, at + size - 4, 4);
    } else if (size > 0) {
        head = static_cast<std::uint8_t>(at[0]) | static_cast<std::uint64_t>(static_cast<std::uint8_t>(at[size / 2]))
                                                      << 8;
        tail = static_cast<std::uint8_t>(at[size - 1]);
    }
    const std::uint64_t mixed = (head ^ std::rotl(tail, 29)) + size;
    return static_cast<std::uint32_t>((mixed * 0xD6E8FEB86659FD93U) >> 32U);
}

// The last member of that name if the node is an object that has one; else null.
const Node* find_member(const Node* object, std::string_view name, std::uint32_t hash) noexcept;

}  // namespace pintle::json
