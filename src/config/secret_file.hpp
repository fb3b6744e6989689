#pragma once

#include <optional>
#include <string>

namespace pintle::config {

// The content of a file that holds a secret, without the line end after it. Nothing and the problem, for people, if
// there is none.
std::optional<std::string> read_secret_file(const std::string& path, std::string& problem);

}  // namespace pintle::config
