// Runs a fuzz target over the files of the folders that are named to it, in place of libFuzzer.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

int main(int argc, char** argv) {
    std::size_t files = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) continue;  // nothing was found by this target yet
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            const std::string path = entry.path().string();
            std::printf("%s\n", path.c_str());
            std::fflush(stdout);  // an abort must not swallow which file it was
            std::ifstream in(path, std::ios::binary);
            // Exactly as long as the file, so that AddressSanitizer sees a read beyond its end.
            const std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(in)),
                                                  std::istreambuf_iterator<char>());
            LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
            ++files;
        }
    }
    std::printf("%zu files\n", files);
    return files > 0 ? 0 : 1;
}
