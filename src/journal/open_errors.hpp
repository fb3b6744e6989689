#pragma once

#include <string>

#include <rocksdb/status.h>
#include <boost/system/error_code.hpp>

namespace pintle::journal {

// Makes the journal's directory where it is missing. Throws std::runtime_error where that is not possible, or, if it is
// only to be read, where there is none.
void make_directory(const std::string& directory, bool read_only);

// Says in words for people why the database does not open.
[[noreturn]] void throw_open_error(const std::string& directory, const rocksdb::Status& status);

// What the sender of a failed commit is told.
boost::system::error_code error_of(const rocksdb::Status& status);

}  // namespace pintle::journal
