#pragma once

#include "pintle/base/http_message.hpp"
#include "pintle/base/result.hpp"
#include "v1.hpp"

namespace pintle::customerio {

// Writes facts as items of Customer.io's batch call. The request's path and body must be empty.
class V2 {
public:
    // `batch_anonymous`: anonymous events are items too. Customer.io documents them on v1 only.
    V2(AttributeList& attributes, bool batch_anonymous, HttpRequest& request)
        : attributes_(attributes), batch_anonymous_(batch_anonymous), request_(request) {}

    Result<void> operator()(const Identify& identify);
    Result<void> operator()(const TrackEvent& occurrence);
    Result<void> operator()(const Device& device);
    Result<void> operator()(const Group& group);
    Result<void> operator()(const Alias& alias);
    Result<void> operator()(const UserChange& change);
    Result<void> operator()(const ObjectDeletion& deletion);

private:
    AttributeList& attributes_;
    bool batch_anonymous_;
    HttpRequest& request_;
};

}  // namespace pintle::customerio
