#include "pintle/mapping/tokens.hpp"

#include <algorithm>
#include <new>

#include <simdjson.h>

#include "mapping/ascii.hpp"
#include "mapping/kept_memory.hpp"

namespace pintle::mapping {
namespace {

// Of either kind: they differ in one bit.
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
    if (index_->stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) return invalid_json;
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

std::string_view Tokens::text(TokenSpan span) const noexcept {
    return without_space_behind(text_ + starts_[span.begin], text_ + starts_[span.end]);
}

}  // namespace pintle::mapping
