#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pintle/admin/status.hpp"

// What `pintle top` shows of a status. Pure.
namespace pintle::cli {

std::string top_json(const admin::Status& status);  // in one line

// At most `columns` wide; the least important columns are left out.
std::vector<std::string> top_lines(const admin::Status& status, const std::string& address, std::size_t columns);

}  // namespace pintle::cli
