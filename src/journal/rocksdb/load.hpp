#pragma once

#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

// Checks the format of what is on disk, and writes it into a new database unless that is only to be read. Throws
// std::runtime_error with a message for people where it is a newer one.
void check_format(Store& store, const std::string& directory, bool read_only);

// The logs and facts that are on disk.
void load(const Store& store, State& state);

}  // namespace pintle::journal
