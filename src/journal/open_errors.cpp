#include "journal/open_errors.hpp"

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include <boost/system/errc.hpp>

namespace pintle::journal {
namespace {

[[noreturn]] void refuse(const std::string& directory, const std::string& what) {
    throw std::runtime_error("journal directory " + directory + " " + what);
}

bool is_lock_held(const rocksdb::Status& status) {
    const auto text = status.ToString();
    return text.find("LOCK: Resource temporarily unavailable") != std::string::npos ||
           text.find("lock hold by current process") != std::string::npos;
}

}  // namespace

void make_directory(const std::string& directory, bool read_only) {
    std::error_code error;
    if (read_only) {
        if (!std::filesystem::is_directory(directory, error)) refuse(directory, "does not exist");
        return;
    }
    std::filesystem::create_directories(directory, error);
    if (error) refuse(directory, "is not writable: " + error.message());
    if (access(directory.c_str(), W_OK | X_OK) != 0) {
        refuse(directory, "is not writable: " + std::generic_category().message(errno));
    }
}

void throw_open_error(const std::string& directory, const rocksdb::Status& status) {
    if (is_lock_held(status)) refuse(directory, "is in use by another process");
    refuse(directory, "cannot be opened: " + status.ToString());
}

boost::system::error_code error_of(const rocksdb::Status& status) {
    namespace errc = boost::system::errc;
    return make_error_code(status.IsNoSpace() ? errc::no_space_on_device : errc::io_error);
}

}  // namespace pintle::journal
