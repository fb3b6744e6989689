#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/base/result.hpp"
#include "pintle/json/tokens.hpp"

namespace pintle::json {

// One JSON text's tree of nodes, in memory that is reused from text to text. The root and all below it stay until the
// next one.
class Document {
public:
    // Validates all of `text`, which is copied. `levels` is how deep containers may be nested.
    Result<Node*> parse(std::string_view text, std::size_t levels);

    // The same for a part of a text whose tokens are known; the nodes' views point into that text.
    Result<Node*> read(const Tokens& tokens, TokenSpan span, std::size_t levels);

    // A string; `plain` needs no escaping and is copied.
    Node* quote(std::string_view plain);

private:
    void make_room(std::size_t size);

    std::string text_;  // a copied one
    Tokens tokens_;     // its own
    std::vector<char> unescaped_;
    std::vector<Node> nodes_;
    std::vector<Node*> members_;  // of one large object, while its duplicates are sought
};

}  // namespace pintle::json
