#include "pintle/http/server/query.hpp"

#include <boost/url/pct_string_view.hpp>

namespace pintle::http {
namespace {

std::optional<std::string> decoded(std::string_view text, bool space_as_plus) {
    const auto encoded = boost::urls::make_pct_string_view({text.data(), text.size()});
    if (!encoded) return std::nullopt;
    boost::urls::encoding_opts options;
    options.space_as_plus = space_as_plus;
    return encoded->decode(options);
}

}  // namespace

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto key = pair.substr(0, pair.find('='));
        if (decoded(key, true) == name) return decoded(pair.substr(std::min(pair.size(), key.size() + 1)), true);
    }
    return std::nullopt;
}

std::optional<std::vector<std::pair<std::string, std::string>>> query_parameters(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto key = pair.substr(0, pair.find('='));
        auto name = decoded(key, true);
        auto value = decoded(pair.substr(std::min(pair.size(), key.size() + 1)), true);
        if (!name || !value) return std::nullopt;
        if (!pair.empty()) parameters.emplace_back(std::move(*name), std::move(*value));
    }
    return parameters;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    return decoded(text, false);
}

}  // namespace pintle::http
