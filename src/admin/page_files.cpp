#include "page_files.hpp"

#include <array>

#include "embed.hpp"

PINTLE_EMBED(pintle_page_html, PINTLE_PAGE "/index.html");
PINTLE_EMBED(pintle_page_script, PINTLE_PAGE "/page.js");
PINTLE_EMBED(pintle_page_style, PINTLE_PAGE "/page.css");

namespace pintle::admin {

std::span<const PageFile> page_files() {
    static const std::array files{
        PageFile{"/", "text/html; charset=utf-8", {pintle_page_html, pintle_page_html_size}},
        PageFile{"/page.js", "text/javascript; charset=utf-8", {pintle_page_script, pintle_page_script_size}},
        PageFile{"/page.css", "text/css; charset=utf-8", {pintle_page_style, pintle_page_style_size}},
    };
    return files;
}

}  // namespace pintle::admin
