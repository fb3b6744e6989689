#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "ingress/routes.hpp"
#include "pintle/mapping/event.hpp"

namespace pintle::ingress {

inline constexpr mapping::Refusal empty_batch{"empty batch payload"};
inline constexpr mapping::Refusal batch_not_array{"batch must be an array"};

// A request's body, cut into its events. Views point into the body.
struct Parts {
    std::vector<std::string_view> events;  // each a JSON text that is still to be validated
    bool batch = false;                    // bad events become dead letters instead of failing the request
    bool enveloped = false;                // the batch stands in an object that has more to say
};

// Cuts bodies. Not thread-safe; its buffers are reused.
class Splitter {
public:
    // `body` gets spare capacity behind its end. What surrounds a batch's events is validated into `envelope` (its
    // sentAt, context, writeKey); the events themselves are not. Together: where every event is valid JSON, so is the
    // body.
    mapping::Result<void> split(std::string& body, Form form, Parts& parts, mapping::Event& envelope);

private:
    mapping::Result<void> split_array(simdjson::ondemand::array array, std::string_view& raw, Parts& parts);
    mapping::Result<void> split_batch(std::string& body, Parts& parts, mapping::Event& envelope);

    simdjson::ondemand::parser parser_;
    std::string surroundings_;
};

}  // namespace pintle::ingress
