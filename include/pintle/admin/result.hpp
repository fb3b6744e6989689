#pragma once

#include <string>

#include <boost/system/result.hpp>

namespace pintle::admin {

// Why there is no answer, as an HTTP status and in words for the operator.
struct Fault {
    unsigned status = 400;
    std::string reason;
};

template <class T>
using Answered = boost::system::result<T, Fault>;

}  // namespace pintle::admin
