#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "pintle/base/http_message.hpp"
#include "pintle/customerio/mapper.hpp"

namespace pintle::customerio {

// Customer.io's own description of its API, as far as requests are concerned: structure, required fields and types.
// What users wrote (attributes, event data, a device's platform) is theirs and not looked into.
class Contract {
public:
    Contract();

    // Why `request` breaks it; empty if it holds.
    std::string broken_by(const HttpRequest& request) const;

private:
    std::string person_broken_by(const nlohmann::json& body) const;
    bool holds(const nlohmann::json& schema, const nlohmann::json& value) const;
    bool holds_object(const nlohmann::json& schema, const nlohmann::json& value) const;

    nlohmann::json document_;
};

}  // namespace pintle::customerio
