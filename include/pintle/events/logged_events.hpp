#pragma once

#include <cstdint>

namespace pintle::events {

// Which events get log lines that say what became of them: none; those that were rejected or dead-lettered; or all,
// when they are accepted, and once they are delivered, dead-lettered, dropped or rejected.
enum class LoggedEvents : std::uint8_t { off, failures, all };

}  // namespace pintle::events
