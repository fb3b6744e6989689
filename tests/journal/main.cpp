#include <gmock/gmock.h>

#include "child.hpp"

int main(int argc, char** argv) {
    if (const auto code = pintle::journal::run_as_child({argv, static_cast<std::size_t>(argc)})) return *code;
    testing::InitGoogleMock(&argc, argv);
    return RUN_ALL_TESTS();
}
