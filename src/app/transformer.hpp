#pragma once

#include <string>
#include <string_view>

#include "pintle/app/config.hpp"
#include "pintle/mapping/mapper.hpp"

namespace pintle::app {

// Shows what events become, as JSON text in one line: the request to its destination, or the reason why there is none.
// Not thread-safe; its buffers are reused.
class Transformer {
public:
    explicit Transformer(const Destination& destination);

    // Appends to `out`.
    void operator()(std::string_view event, std::string& out);

private:
    std::string host_;  // as JSON
    mapping::Mapper mapper_;
    mapping::Event event_;
    mapping::Mapped mapped_;
};

}  // namespace pintle::app
