#pragma once

#include <cstddef>
#include <optional>
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

struct Authenticated {
    const Source* source = nullptr;  // null if there is none
    std::optional<std::size_t> key;  // the index of its write key that was presented; nothing: none was
};

// The source of the first valid key. Without any key the source with `insecure_no_auth`; invalid keys do not get that.
// Compares in constant time.
Authenticated authenticate(const std::vector<Source>& sources, std::span<const std::string> keys);

}  // namespace pintle::ingest
