#include "auth.hpp"

#include <optional>

#include <openssl/crypto.h>
#include <boost/beast/core/string.hpp>

#include "pintle/base/base64.hpp"
#include "pintle/http/server/query.hpp"
#include "routes.hpp"

namespace pintle::ingest {
namespace {

std::optional<std::string> from_authorization(std::string_view header) {
    const auto space = header.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto scheme = header.substr(0, space);
    auto value = header.substr(space + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (boost::beast::iequals(scheme, "Bearer")) return std::string(value);
    if (!boost::beast::iequals(scheme, "Basic")) return std::nullopt;
    auto decoded = base64_decode(value);
    if (!decoded) return std::nullopt;
    return decoded->substr(0, decoded->find(':'));
}

// Only the content of write keys is secret, not their length.
bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

PresentedKeys presented_keys(const http::Request& head) {
    PresentedKeys keys;
    const auto offer = [&](std::optional<std::string> key) {
        if (key && !key->empty()) keys.push_back(std::move(*key));
    };
    offer(from_authorization(head.headers["Authorization"]));
    offer(std::string(head.headers["X-Write-Key"]));
    offer(http::query_parameter(head.query, "writeKey"));
    offer(http::percent_decoded(key_in_path(head.path)));
    return keys;
}

Authenticated authenticate(const std::vector<Source>& sources, std::span<const std::string> keys) {
    Authenticated found;
    Authenticated open;
    for (const Source& source : sources) {
        if (source.insecure_no_auth && open.source == nullptr) open.source = &source;
    }
    for (const std::string& key : keys) {
        Authenticated of_key;
        for (const Source& source : sources) {
            for (std::size_t i = 0; i < source.write_keys.size(); ++i) {
                if (same_secret(source.write_keys[i], key)) of_key = {&source, i};
            }
        }
        if (found.source == nullptr) found = of_key;
    }
    return keys.empty() ? open : found;
}

}  // namespace pintle::ingest
