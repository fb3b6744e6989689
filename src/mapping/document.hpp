#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "mapping/node.hpp"

namespace pintle::mapping {

// One JSON text and its tree of nodes, in memory that is reused from parse to parse.
class Document {
public:
    // Validates all of `text`, which is copied. The returned root and all below it stay until the next parse. `levels`
    // is how deep containers may be nested.
    Result<Node*> parse(std::string_view text, std::size_t levels);

private:
    // Finds where each token starts, and checks UTF-8 and control characters. Points at the copied text's end behind
    // the last token.
    bool index_tokens();
    void make_room(std::size_t size);

    // simdjson's first stage alone: its own second stages either skip what nobody asks for (On-Demand) or turn numbers
    // into binary (DOM), and we need all of it checked and as written.
    std::unique_ptr<simdjson::internal::dom_parser_implementation> tokens_;
    std::vector<char> text_;  // padded with zeros
    std::vector<char> unescaped_;
    std::vector<Node> nodes_;
    std::vector<Node*> members_;  // of one large object, while its duplicates are sought
    std::size_t size_ = 0;
};

}  // namespace pintle::mapping
