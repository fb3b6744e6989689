#pragma once

#include "pintle/base/files.hpp"
#include "report.hpp"

namespace pintle::config {

// Reads the file into `config`. False where it cannot be read or is not YAML, so that no other check makes sense.
bool read_file(const std::string& file, files::Kind kind, const Environment& environment, Purpose purpose,
               Config& config, Report& report);

}  // namespace pintle::config
