#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pintle::sandbox {

// A reason why a request is rejected, as in Customer.io's errors.
struct Finding {
    std::string reason;   // required, invalid, too_large
    std::string field;    // dotted: device.platform; empty: the whole body
    std::string message;  // for people
    std::optional<std::size_t> batch_index;
};

using Findings = std::vector<Finding>;

}  // namespace pintle::sandbox
