#pragma once

#include <boost/system/result.hpp>

#include "pintle/base/reason.hpp"

namespace pintle {

// A value, or the reason for its absence.
template <class T>
using Result = boost::system::result<T, Reason>;

}  // namespace pintle
