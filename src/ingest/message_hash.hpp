#pragma once

#include <string_view>

#include "pintle/record/record.hpp"

namespace pintle::ingest {

// What stands for one message of one source.
MessageHash message_hash(std::string_view source, std::string_view message) noexcept;

}  // namespace pintle::ingest
