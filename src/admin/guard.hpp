#pragma once

#include "pintle/admin/admin.hpp"

// Decides by a request's head whether it is allowed.
namespace pintle::admin {

// Paths that require authorization: all except health, readiness and the files of the page.
bool is_secret(std::string_view path);

// An error for a request of another site's page (cross-site), and for one by a host name that an attacker may have
// pointed here (DNS rebinding). Nothing where the request is allowed.
std::optional<ApiError> check_browser(const http::Request& head, const Access& access);

// The token of `access` that the request has; null if it has none of them. Takes the same time for each of them.
const config::AdminToken* find_token(const http::Request& head, const Access& access);

// What is wrong with a request that has none of the tokens, for people. It says nothing about the tokens themselves.
std::string_view explain_missing_token(const http::Request& head);

}  // namespace pintle::admin
