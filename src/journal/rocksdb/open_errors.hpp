#pragma once

#include <cstdint>
#include <string>

#include <rocksdb/status.h>
#include <boost/system/error_code.hpp>

namespace pintle::journal {

// The end of each message about damage.
inline constexpr const char* repair_hint =
    "`pintle journal check` names the damage, and `pintle journal repair` keeps all that can still be read";

// Creates the journal's directory with access for its owner only. Throws std::runtime_error if that fails, or, if
// `read_only`, if it does not exist.
void make_directory(const std::string& directory, bool read_only);

// What a directory holds.
enum class Contents : std::uint8_t {
    nothing,     // a journal may be created
    unfinished,  // a journal whose creation was interrupted; it has no records
    journal
};

// This file is in the directory while a journal is created.
inline constexpr const char* creation_marker = "CREATING";

// Throws std::runtime_error if the directory has files but no journal: creating one might destroy them.
Contents contents_of(const std::string& directory);

// Throws std::runtime_error that says for people why the database does not open.
[[noreturn]] void throw_open_error(const std::string& directory, const rocksdb::Status& status);

// The error for the callers of a failed commit.
boost::system::error_code error_of(const rocksdb::Status& status);

}  // namespace pintle::journal
