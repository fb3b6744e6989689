#pragma once

#include <cstdint>

namespace pintle::events {

// Which events get a log line that says what became of them: none; those that were rejected or dead-lettered; or all,
// once they are delivered, dead-lettered, dropped or rejected.
enum class LoggedEvents : std::uint8_t { off, failures, all };

}  // namespace pintle::events
