#pragma once

#include <cstdint>
#include <string>

#include "pintle/base/files.hpp"
#include "report.hpp"

namespace pintle::config {

// How much of a file was read.
enum class Extent : std::uint8_t { none, admin, whole };

// Reads the file into `config`. Less than the whole where it cannot be read or is not YAML, so that no other check
// makes sense; then with Purpose::locate its lines about the admin listener, if they are YAML.
Extent read_file(const std::string& file, files::Kind kind, const Environment& environment, Purpose purpose,
                 Config& config, Report& report);

}  // namespace pintle::config
