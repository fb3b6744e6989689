#include "page_routes.hpp"

#include <algorithm>

#include "page_files.hpp"

namespace pintle::admin {
namespace {

// The page may only load from this listener, and no other site may frame it or run scripts in it.
constexpr std::string_view headers =
    "Cache-Control: no-cache\r\n"
    "Vary: Accept\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n";

bool reads_html(const http::Request& request) {
    const std::string_view accept = request.headers[boost::beast::http::field::accept];
    return accept.find("text/html") != std::string_view::npos;
}

}  // namespace

bool answer_page(const http::Request& request, http::Response& response) {
    const auto files = page_files();
    const auto file = std::ranges::find(files, request.path, &PageFile::path);
    if (file == files.end() || (file->path == "/" && !reads_html(request))) return false;
    response.content_type = file->content_type;
    response.body = file->body;
    response.headers = headers;
    return true;
}

}  // namespace pintle::admin
