#pragma once

#include <cstddef>
#include <optional>
#include <string>

// Files that the configuration names. Each function returns nothing and the problem, for people, if there is no
// content.
namespace pintle::config {

std::optional<std::string> read_named_file(const std::string& path, std::size_t max_size, std::string& problem);

// A secret, without the line end after it.
std::optional<std::string> read_secret_file(const std::string& path, std::string& problem);

}  // namespace pintle::config
