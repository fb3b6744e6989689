#include "pintle/logging/fatal.hpp"

#include <limits>
#include <new>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace pintle::logging {
namespace {

const char* const time_of_a_line = "^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z ";

// GoogleTest's name for tests that end a process.
TEST(FatalDeathTest, OutOfMemoryIsALogLineAndAnExitCode) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's operator new ends the process itself";
#endif
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto exhaust = [] {
        tell_of_fatal_ends(false);
        void* volatile memory = ::operator new(std::numeric_limits<std::ptrdiff_t>::max());  // not optimized away
        ::operator delete(memory);
    };
    EXPECT_EXIT(exhaust(), testing::ExitedWithCode(1), std::string(time_of_a_line) + "critical out_of_memory message=");
}

TEST(FatalDeathTest, ABadAllocThatNobodyCatchesIsTheEndOfMemory) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto exhaust = [] {
        tell_of_fatal_ends(true);
        std::thread([] { throw std::bad_alloc(); }).join();
    };
    EXPECT_EXIT(exhaust(), testing::ExitedWithCode(1),
                R"(^\{"time":"[-0-9T:.]+Z","level":"critical","event":"out_of_memory","message":"[^"]*"\})");
}

TEST(FatalDeathTest, AnExceptionThatNobodyCatchesIsNamed) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto fail = [] {
        tell_of_fatal_ends(false);
        std::thread([] { throw std::runtime_error("the \"disk\"\nfails"); }).join();
    };
    EXPECT_EXIT(fail(), testing::KilledBySignal(SIGABRT),
                std::string(time_of_a_line) + "critical terminated message=\"the .disk..fails\"");
}

}  // namespace
}  // namespace pintle::logging
