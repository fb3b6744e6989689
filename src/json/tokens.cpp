#include "pintle/json/tokens.hpp"

#include <algorithm>
#include <new>

#include <simdjson.h>

#include "kept_memory.hpp"
#include "pintle/base/ascii.hpp"
#include "pintle/base/result.hpp"
#include "scalars.hpp"

namespace pintle::json {
namespace {

// `stage1` and `structural_indexes` are not part of simdjson's documented interface. Only this file uses them.
static_assert(simdjson::SIMDJSON_VERSION_MAJOR == 3, "check how simdjson's first stage is used");

// Opening brackets of both kinds differ in one bit.
bool opens(char c) {
    return (c | 0x20) == '{';
}
bool closes(char c) {
    return (c | 0x20) == '}';
}

}  // namespace

Tokens::Tokens() = default;
Tokens::~Tokens() = default;
Tokens::Tokens(Tokens&&) noexcept = default;
Tokens& Tokens::operator=(Tokens&&) noexcept = default;

void Tokens::make_room(std::size_t size) {
    const std::size_t capacity = index_ ? index_->capacity() : 0;
    const std::size_t wanted = capacity_for(size, capacity);
    if (wanted == capacity) return;
    if (index_) {
        if (index_->set_capacity(wanted) != simdjson::SUCCESS) throw std::bad_alloc();
    } else if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, max_json_depth,
                                                                                       index_) != simdjson::SUCCESS) {
        throw std::bad_alloc();
    }
}

Result<void> Tokens::find(std::string& text) {
    make_room(text.size());
    text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    text_ = text.data();
    count_ = 0;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text_);
    if (index_->stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS)
        return Reason::invalid_json;
    starts_ = index_->structural_indexes.get();  // simdjson puts the text's size behind the last
    count_ = index_->n_structural_indexes;
    return {};
}

std::optional<TokenSpan> Tokens::value_at(std::size_t token) const noexcept {
    if (token == count_ || closes(first(token))) return std::nullopt;
    std::size_t open = 0;
    for (std::size_t at = token; at < count_; ++at) {
        const char c = first(at);
        open += opens(c) ? 1 : 0;
        open -= closes(c) ? 1 : 0;
        if (open == 0) return TokenSpan{token, at + 1};
    }
    return std::nullopt;
}

bool Tokens::is_string(std::size_t token, std::string_view plain) const {
    constexpr std::size_t longest_escape = 6;  // of one byte: "\u0061"
    if (first(token) != '"') return false;
    const std::string_view quoted = text({token, token + 1});
    if (quoted.size() < plain.size() + 2 || quoted.size() > longest_escape * plain.size() + 2) return false;
    const std::string_view escaped = quoted.substr(1, quoted.size() - 2);
    if (escaped == plain) return true;
    if (escaped.find('\\') == std::string_view::npos) return false;
    std::string unescaped(escaped.size(), '\0');
    const char* const end = unescape(escaped, unescaped.data());
    return end != nullptr && std::string_view(unescaped.data(), end) == plain;
}

std::string_view Tokens::text(TokenSpan span) const noexcept {
    return without_space_behind(text_ + starts_[span.begin], text_ + starts_[span.end]);
}

}  // namespace pintle::json
