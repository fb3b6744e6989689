#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "pintle/http/server/server.hpp"
#include "pintle/ingest/ingest.hpp"

namespace pintle::ingest {

using PresentedKeys = boost::container::small_vector<std::string, 2>;

// The write keys in a request's head: Basic's user name, Bearer, X-Write-Key, `writeKey` in the query, and the
// path of Segment's settings.
PresentedKeys presented_keys(const http::Request& head);

// The source of the first valid key. Without any key the source with `insecure_no_auth`; invalid keys do not get that.
// Compares in constant time. Null if there is none.
const Source* authenticate(const std::vector<Source>& sources, std::span<const std::string> keys);

}  // namespace pintle::ingest
