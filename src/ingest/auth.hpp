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

// The write keys that a request's head offers: Basic's user name, Bearer, X-Write-Key, `writeKey` in the query, and the
// path of Segment's settings.
PresentedKeys presented_keys(const http::Request& head);

// The source that a request speaks for: the one that has the first right one of the `keys` it presents. Where it
// presents none, the one that takes anybody; a wrong key is not as good as none. Compares in constant time. Null where
// there is no such source.
const Source* authenticate(const std::vector<Source>& sources, std::span<const std::string> keys);

}  // namespace pintle::ingest
