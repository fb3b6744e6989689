#pragma once

#include <string>

#include "pintle/json/event.hpp"

namespace pintle::customerio {

// As Value::write, but each string that is a date by read_date() becomes its number of seconds since the epoch: the
// value itself, or in an object at any depth. What is in an array stays as it is.
void write_converted(json::Value value, std::string& out);

}  // namespace pintle::customerio
