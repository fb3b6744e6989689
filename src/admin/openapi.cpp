#include "admin/openapi.hpp"

// The file as it is, put in by the assembler.
__asm__(
    ".section .rodata\n"
    "pintle_openapi_begin: .incbin \"" PINTLE_OPENAPI_FILE
    "\"\n"
    "pintle_openapi_end:\n"
    ".previous\n");

extern "C" const char pintle_openapi_begin[];
extern "C" const char pintle_openapi_end[];

namespace pintle::admin {

std::string_view openapi() {
    return {pintle_openapi_begin, static_cast<std::size_t>(pintle_openapi_end - pintle_openapi_begin)};
}

}  // namespace pintle::admin
