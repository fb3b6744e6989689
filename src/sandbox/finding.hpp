#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pintle::sandbox {

// One reason why a request is refused, in the form of Customer.io's errors.
struct Finding {
    std::string reason;   // required, invalid, too_large
    std::string field;    // dotted: device.platform; empty: the whole body
    std::string message;  // for people
    std::optional<std::size_t> batch_index;
};

using Findings = std::vector<Finding>;

}  // namespace pintle::sandbox
