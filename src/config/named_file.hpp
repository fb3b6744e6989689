#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Files that the configuration names. Each function returns nothing and the problem, for people, if there is no
// content.
namespace pintle::config {

std::optional<std::string> read_named_file(const std::string& path, std::size_t max_size, std::string& problem);

// Secrets, one a line, without the line ends. Where only one is allowed, more than one line is a problem; blank lines
// are none.
enum class Secrets : std::uint8_t { one, several };
std::optional<std::vector<std::string>> read_secret_file(const std::string& path, Secrets allowed,
                                                         std::string& problem);

}  // namespace pintle::config
