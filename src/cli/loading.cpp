#include "loading.hpp"

#include <iostream>

namespace pintle::cli {

void print(const config::Loaded& loaded) {
    for (const auto& warning : loaded.warnings) std::cerr << "warning: " << warning.text() << '\n';
    for (const auto& problem : loaded.problems) std::cerr << problem.text() << '\n';
}

std::optional<config::Config> load_or_explain(const std::string& file, config::Purpose purpose) {
    config::Loaded loaded = config::load_config(file, config::process_environment(), purpose);
    print(loaded);
    if (!loaded.problems.empty()) return std::nullopt;
    return std::move(loaded.config);
}

}  // namespace pintle::cli
