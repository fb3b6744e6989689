#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/base/result.hpp"
#include "pintle/json/tokens.hpp"

namespace pintle::json {

// The tree of nodes of a JSON text, in memory that is reused from text to text. It is valid until the next text is
// parsed.
class Document {
public:
    // Parses and validates `text`, which is copied. `levels` is the maximum nesting.
    Result<Node*> parse(std::string_view text, std::size_t levels);

    // The same for a part of a tokenized text; the nodes' views point into that text.
    Result<Node*> read(const Tokens& tokens, TokenSpan span, std::size_t levels);

    // A string; `plain` needs no escaping and is copied.
    Node* quote(std::string_view plain);

private:
    void make_room(std::size_t size);

    std::string text_;  // the copy
    Tokens tokens_;     // of the copy
    std::vector<char> unescaped_;
    std::vector<Node> nodes_;
    std::vector<Node*> members_;  // of one large object, while looking for duplicates
};

}  // namespace pintle::json
