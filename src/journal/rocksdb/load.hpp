#pragma once

#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

// Checks the database's format, or writes it if the database is new and not read-only. Throws std::runtime_error with a
// message for people if the format is newer.
void check_format(Store& store, const std::string& directory, bool read_only);

// Reads the streams and the metadata that are on disk.
void load(const Store& store, Streams& streams, Metadata& metadata);

}  // namespace pintle::journal
