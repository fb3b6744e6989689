#pragma once

#include <CLI/CLI.hpp>

// Checks of an option's number. CLI11's own tell an unlimited range with 300 digits.
namespace pintle::cli {

CLI::Validator whole_number();  // 0 or more
CLI::Validator whole_number_from_1();
CLI::Validator number_from_0();
CLI::Validator number_above_0();

}  // namespace pintle::cli
