#pragma once

#include <cstdint>
#include <cstdlib>

namespace pintle {

// A number that an environment variable may set for a test, such as PINTLE_TEST_SEED. The default is the same in each
// run, so that CI repeats the same random test.
inline std::uint64_t test_setting(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace pintle
