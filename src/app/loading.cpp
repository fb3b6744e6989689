#include "app/loading.hpp"

#include <iostream>

namespace pintle::app {

std::optional<Config> load_or_explain(const std::string& file, Purpose purpose) {
    Loaded loaded = load_config(file, process_environment(), purpose);
    for (const auto& warning : loaded.warnings) std::cerr << "warning: " << warning.text() << '\n';
    for (const auto& problem : loaded.problems) std::cerr << problem.text() << '\n';
    if (!loaded.problems.empty()) return std::nullopt;
    return std::move(loaded.config);
}

}  // namespace pintle::app
