#pragma once

#include <string>
#include <string_view>

#include "history.hpp"
#include "pintle/base/files.hpp"

namespace pintle::sandbox {

// Appends one line of JSON per call to a file: the call as GET /requests shows it, and the `answer`, which names the
// rejected items of a batch. Not thread-safe.
class Recording {
public:
    // Appends to an existing file. A new one is only for this user. Throws std::runtime_error where it cannot be
    // opened.
    explicit Recording(const std::string& path);

    // The line is in the file when this returns. Throws std::runtime_error where it cannot be written.
    void add(const Call& call, std::string_view answer);

private:
    std::string path_;
    files::Descriptor file_;
};

}  // namespace pintle::sandbox
