#pragma once

#include <string>
#include <string_view>

#include "history.hpp"
#include "pintle/base/files.hpp"

namespace pintle::sandbox {

// A file that grows by one line of JSON for each call: what GET /requests shows of it, and the `answer`, which says of
// a batch which items were not taken. Not thread-safe.
class Recording {
public:
    // Goes on at the file's end; it is this user's alone. Throws std::runtime_error where it cannot be opened.
    explicit Recording(const std::string& path);

    // Whoever reads the file finds the line once this returns. Throws std::runtime_error where it cannot be written.
    void add(const Call& call, std::string_view answer);

private:
    std::string path_;
    files::Descriptor file_;
};

}  // namespace pintle::sandbox
