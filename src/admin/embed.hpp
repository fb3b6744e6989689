#pragma once

#include <cstddef>

// Embeds a file as a constant: `name` is its bytes, `name_size` their number. For global scope. CMake must know that
// the source depends on the file (OBJECT_DEPENDS).
// clang-format off
#define PINTLE_EMBED(name, file)                         \
    __asm__(".pushsection .rodata\n"                     \
            #name ": .incbin \"" file "\"\n"             \
            #name "_end: .balign 8\n"                    \
            #name "_size: .quad " #name "_end - " #name "\n" \
            ".popsection\n");                            \
    extern "C" const std::size_t name##_size;            \
    extern "C" const char(name)[]
// clang-format on
