#pragma once

#include <span>
#include <string_view>

namespace pintle::admin {

// A file of the operator's page, as it is in src/admin/web/dist/.
struct PageFile {
    std::string_view path;  // of its route
    std::string_view content_type;
    std::string_view body;
};

// They are part of the binary.
std::span<const PageFile> page_files();

}  // namespace pintle::admin
