#pragma once

#include <string>

#include <boost/system/result.hpp>

namespace pintle::admin {

// Why a request to the admin API fails: an HTTP status, and a sentence for the operator.
struct ApiError {
    unsigned status = 400;
    std::string message;
};

template <class T>
using ApiResult = boost::system::result<T, ApiError>;

}  // namespace pintle::admin
