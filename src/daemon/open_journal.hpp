#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pintle/config/config.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::daemon {

// Opens the journal that the configuration names. Blocks, with Kafka until the brokers have responded, or for half a
// minute. Throws std::runtime_error with a message for people.
std::unique_ptr<journal::Journal> open_journal(const config::Config& config, const std::string& host_name);

// What a node tells the others that share its journal. Its admin listener has the port `admin_port`; where it listens
// on all addresses, the host's name stands for them.
journal::Announcement announcement(const config::Config& config, const std::string& host_name,
                                   std::uint16_t admin_port);

}  // namespace pintle::daemon
