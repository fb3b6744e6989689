#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compare/tree.hpp"
#include "pintle/json/event.hpp"

namespace pintle::cli::compare {

// What a request asks of Customer.io, in one form for both versions of the Track API: that of an item of a v2 batch.
// Members that say nothing are left out: empty attributes, an empty list of relationships. `"rejected": true` is added
// to what was answered with an error.
struct Operation {
    std::string text;    // as canonical JSON, which is equal for equal operations
    std::string action;  // "person event", "object identify"; of an unknown request its method and path
    std::string person;  // the identifier of the person or object; of a merge the primary's
    std::string name;    // of an event
    std::string id;      // by which Customer.io recognizes a repeated event
    std::string time;    // seconds since the epoch, as JSON

    std::size_t item = 0;  // its index in a batch
};

// The operations of a recorded request.
struct Request {
    std::string error;        // what is wrong with the line; for people. Empty if nothing is
    bool is_compared = true;  // false: it changes nothing, or its sender sends it again: no operations
    std::vector<Operation> operations;
};

// Reads the lines of `pintle sandbox --record`. Reuses its memory from line to line.
class RequestReader {
public:
    Request read(std::string_view line);

private:
    json::Event line_;
};

// Adds the keys by which operations are paired. `item` is in the form of a v2 batch.
Operation to_operation(Tree item);

}  // namespace pintle::cli::compare
