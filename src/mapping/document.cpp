#include "mapping/document.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "mapping/reader.hpp"

namespace pintle::mapping {
namespace {

// Memory for texts up to this size is kept; what a larger one took is given back with the next small one.
constexpr std::size_t kept_size = 262'144;
constexpr std::size_t smallest_size = 4'096;

}  // namespace

void Document::make_room(std::size_t size) {
    const std::size_t capacity = tokens_ ? tokens_->capacity() : 0;
    const bool shrinks = capacity > kept_size && size <= kept_size;
    if (tokens_ && size <= capacity && !shrinks) return;
    const std::size_t wanted = std::max({smallest_size, size, std::min(2 * capacity, kept_size)});
    if (tokens_) {
        if (tokens_->set_capacity(wanted) != simdjson::SUCCESS) throw std::bad_alloc();
    } else if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, max_depth, tokens_) !=
               simdjson::SUCCESS) {
        throw std::bad_alloc();
    }
    text_ = std::vector<char>(wanted + simdjson::SIMDJSON_PADDING);
    unescaped_ = std::vector<char>(wanted);
    if (shrinks) {
        nodes_ = {};
        members_ = {};
    }
}

bool Document::index_tokens() {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text_.data());
    return tokens_->stage1(bytes, size_, simdjson::stage1_mode::regular) == simdjson::SUCCESS;
}

Result<Node*> Document::parse(std::string_view text, std::size_t levels) {
    make_room(text.size());
    std::ranges::copy(text, text_.begin());
    std::fill_n(text_.begin() + static_cast<std::ptrdiff_t>(text.size()), simdjson::SIMDJSON_PADDING, '\0');
    size_ = text.size();
    if (!index_tokens()) return invalid_json;
    // A finished value has a token of its own and one that separates or ends it; unfinished is one on each level.
    const std::size_t most_nodes = tokens_->n_structural_indexes / 2 + levels + 2;
    if (nodes_.size() < most_nodes) nodes_.resize(std::max(most_nodes, 2 * nodes_.size()));
    Reader reader({.text = text_.data(),
                   .size = size_,
                   .tokens = tokens_->structural_indexes.get(),
                   .token_count = tokens_->n_structural_indexes,
                   .nodes = nodes_.data(),
                   .unescaped = unescaped_.data()},
                  members_);
    if (reader.read_document(levels)) return nodes_.data();
    return reader.too_deep() ? nested_too_deep : invalid_json;
}

}  // namespace pintle::mapping
