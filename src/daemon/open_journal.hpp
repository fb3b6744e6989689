#pragma once

#include <memory>
#include <string>

#include "pintle/config/config.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::daemon {

// Opens the journal that the configuration names. Blocks, with Kafka until the brokers have responded, or for half a
// minute. Throws std::runtime_error with a message for people.
std::unique_ptr<journal::Journal> open_journal(const config::Config& config, const std::string& host_name);

// What a node tells the others that share its journal.
journal::Announcement announcement(const config::Config& config, std::string admin_address);

}  // namespace pintle::daemon
