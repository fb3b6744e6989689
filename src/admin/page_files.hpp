#pragma once

#include <span>
#include <string_view>

namespace pintle::admin {

// A file of the operator's page, from src/admin/web/dist/.
struct PageFile {
    std::string_view path;  // of its route
    std::string_view content_type;
    std::string_view body;
};

// All files, which are embedded in the binary.
std::span<const PageFile> page_files();

}  // namespace pintle::admin
