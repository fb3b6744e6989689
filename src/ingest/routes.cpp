#include "routes.hpp"

#include <algorithm>
#include <array>

namespace pintle::ingest {
namespace {

constexpr std::string_view post_only = "POST, OPTIONS";
constexpr std::string_view webhook_methods = "POST, PUT, PATCH, OPTIONS";
constexpr std::string_view get_only = "GET, HEAD, OPTIONS";

struct Entry {
    std::string_view path;
    Route route;
};

constexpr Entry single(std::string_view path, std::string_view type) {
    return {path, {Form::single, type, post_only}};
}

constexpr Entry batch(std::string_view path) {
    return {path, {Form::batch, {}, post_only}};
}

constexpr Route source_config{Form::source_config, {}, get_only};

constexpr std::array table{
    Entry{"/webhook", {Form::webhook, {}, webhook_methods}},
    single("/v1/identify", "identify"),
    single("/v1/track", "track"),
    single("/v1/page", "page"),
    single("/v1/screen", "screen"),
    single("/v1/group", "group"),
    single("/v1/alias", "alias"),
    single("/v1/i", "identify"),
    single("/v1/t", "track"),
    single("/v1/p", "page"),
    single("/v1/s", "screen"),
    single("/v1/g", "group"),
    single("/v1/a", "alias"),
    batch("/v1/batch"),
    batch("/v1/import"),
    batch("/v1/b"),
    batch("/beacon/v1/batch"),
    Entry{"/sourceConfig", source_config},
    Entry{"/health", {Form::health, {}, get_only}},
};

}  // namespace

bool Route::allows(boost::beast::http::verb method) const noexcept {
    using boost::beast::http::verb;
    switch (method) {
        case verb::options: return true;
        case verb::get:
        case verb::head: return form == Form::source_config || form == Form::health;
        case verb::post: return form != Form::source_config && form != Form::health;
        case verb::put:
        case verb::patch: return form == Form::webhook;
        default: return false;
    }
}

std::optional<Route> find_route(std::string_view path) noexcept {
    const auto* entry = std::find_if(table.begin(), table.end(), [&](const Entry& e) { return e.path == path; });
    if (entry != table.end()) return entry->route;
    if (!key_in_path(path).empty()) return source_config;
    return std::nullopt;
}

std::string_view key_in_path(std::string_view path) noexcept {
    constexpr std::string_view before = "/v1/projects/";
    constexpr std::string_view behind = "/settings";
    if (!path.starts_with(before)) return {};
    path.remove_prefix(before.size());
    if (!path.ends_with(behind)) return {};
    path.remove_suffix(behind.size());
    return path.find('/') == std::string_view::npos ? path : std::string_view{};
}

}  // namespace pintle::ingest
