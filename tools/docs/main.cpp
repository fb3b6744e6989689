#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string_view>

#include <nlohmann/json.hpp>

#include "example.hpp"
#include "mapping_page.hpp"
#include "pintle/config/schema.hpp"
#include "reference.hpp"

namespace {

struct Page {
    const char* path;
    std::function<std::string()> make;
};

std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Writes the pages below `root`, or only says which of them are not as they should be.
int run(const std::filesystem::path& root, bool only_check) {
    const Page pages[] = {
        {"config/pintle.yaml", pintle::docs::example_file},
        {"docs/configuration.md", pintle::docs::reference_page},
        {"docs/configuration.schema.json", [] { return pintle::config::config_schema().dump(2) + "\n"; }},
        {"docs/mapping.md", [&] { return pintle::docs::mapping_page(content(root / "docs/mapping.in.md")); }},
    };
    int status = 0;
    for (const auto& [path, make] : pages) {
        const std::string text = make();
        if (content(root / path) == text) continue;
        if (only_check) {
            std::cerr << path << " is not what the code says; ./dev docs makes it anew\n";
            status = 1;
        } else {
            std::ofstream(root / path, std::ios::binary) << text;
            std::cout << path << '\n';
        }
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    const bool only_check = argc == 3 && std::string_view(argv[2]) == "--check";
    if (argc != 2 && !only_check) {
        std::cerr << "usage: make_docs ROOT [--check]\n";
        return 2;
    }
    try {
        return run(argv[1], only_check);
    } catch (const std::exception& error) {
        std::cerr << "make_docs: " << error.what() << '\n';
        return 1;
    }
}
