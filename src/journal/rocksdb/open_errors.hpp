#pragma once

#include <cstdint>
#include <string>

#include <rocksdb/status.h>
#include <boost/system/error_code.hpp>

namespace pintle::journal {

// What a damaged journal's owner can do, the end of each such message.
inline constexpr const char* way_out =
    "`pintle journal check` names the damage, and `pintle journal repair` keeps all that can still be read";

// Makes the journal's directory, for its owner alone, where it is missing. Throws std::runtime_error where that is not
// possible, or, if it is only to be read, where there is none.
void make_directory(const std::string& directory, bool read_only);

// What a journal's directory holds.
enum class Contents : std::uint8_t {
    nothing,     // a journal may be created in it
    unfinished,  // a journal whose creation did not end; it has taken nothing
    journal
};

// Lies in the directory while a journal is created in it.
inline constexpr const char* creation_marker = "CREATING";

// Throws std::runtime_error where the directory has files but no journal that could be opened: creating one would
// destroy what is there.
Contents contents_of(const std::string& directory);

// Says in words for people why the database does not open.
[[noreturn]] void throw_open_error(const std::string& directory, const rocksdb::Status& status);

// What the sender of a failed commit is told.
boost::system::error_code error_of(const rocksdb::Status& status);

}  // namespace pintle::journal
