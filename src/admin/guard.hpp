#pragma once

#include "pintle/admin/admin.hpp"

// Who may ask for what, by a request's head alone.
namespace pintle::admin {

// What may be told only to who is let in: all but whether it lives and takes events, and the page without its contents.
bool is_secret(std::string_view path);

// Whether a browser asks on behalf of another site, or by a name that somebody else may have made to point here (DNS
// rebinding). Why it is not answered; nothing where it may go on.
std::optional<ApiError> refuse_browser(const http::Request& head, const Access& access);

// Whether the request has the token. `access` has one.
bool has_token(const http::Request& head, const Access& access);

}  // namespace pintle::admin
