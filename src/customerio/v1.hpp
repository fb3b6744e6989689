#pragma once

#include "attribute_list.hpp"
#include "mapped_call.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/result.hpp"
#include "pintle/customerio/mapper.hpp"

namespace pintle::customerio {

// Writes facts as calls of Customer.io's Track API v1. The request's path and body must be empty.
class V1 {
public:
    V1(AttributeList& attributes, HttpRequest& request) : attributes_(attributes), request_(request) {}

    Result<void> operator()(const Identify& identify);
    Result<void> operator()(const TrackEvent& occurrence);
    Result<void> operator()(const Device& device);
    Result<void> operator()(const Group& group);  // there is no v1 of it: a v2 batch of one
    Result<void> operator()(const Alias& alias);
    Result<void> operator()(const UserChange& change);
    Result<void> operator()(const ObjectDeletion& deletion);  // as of a group

private:
    void call(std::string_view method, std::string_view path);
    void call_customer(std::string_view method, const PersonId& person, std::string_view rest);

    AttributeList& attributes_;
    HttpRequest& request_;
};

}  // namespace pintle::customerio
