#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace pintle::cli::importer {

// Reads an imported file again and calls `handle` with each event's line and message id, in order. `identity` is that
// of the import; see EventPreparer. Throws std::system_error where reading fails.
void for_each_message_id(const std::string& file, const std::string& identity,
                         const std::function<void(std::uint64_t line, const std::string& message_id)>& handle);

}  // namespace pintle::cli::importer
