#pragma once

#include <CLI/App.hpp>

namespace pintle::cli {

// Adds examples to the help of each command that has been added to `app`.
void add_examples(CLI::App& app);

}  // namespace pintle::cli
