// A journal's directory that anything may have happened to: it opens with a ledger that balances, or it refuses. Each
// seven bytes of the input are one damage: what (flip, cut, remove), of which file, and where.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "journal/damaged_journal.hpp"
#include "require.hpp"

namespace {

using namespace pintle::journal;
using pintle::fuzz::require;

constexpr std::size_t damage_size = 7;
constexpr std::size_t max_damages = 8;
constexpr std::uint32_t seed = 1;

// The journal that each input damages a copy of.
class Original {
public:
    Original() {
        spdlog::set_level(spdlog::level::off);
        auto name = (std::filesystem::temp_directory_path() / "pintle-journal-fuzz-XXXXXX").string();
        require(mkdtemp(name.data()) != nullptr);
        folder_ = name;
        acknowledged_ = make_journal(directory(), seed);
    }
    ~Original() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Original(const Original&) = delete;
    Original& operator=(const Original&) = delete;

    std::string directory() const { return folder_ + "/original"; }
    const Acknowledged& acknowledged() const { return acknowledged_; }

    std::string copy() const {
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            if (entry.path() != directory()) std::filesystem::remove_all(entry.path());
        }
        auto copy = folder_ + "/copy";
        std::filesystem::copy(directory(), copy);
        return copy;
    }

private:
    std::string folder_;
    Acknowledged acknowledged_;
};

void damage(const std::string& directory, std::string_view bytes) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.is_regular_file()) files.push_back(entry.path().filename().string());
    }
    if (files.empty()) return;
    std::ranges::sort(files);
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    Damage damage;
    damage.what = static_cast<Damage::What>(byte(0) % 3);
    damage.file = files[(std::size_t{byte(1)} << 8U | byte(2)) % files.size()];
    damage.at = std::uint64_t{byte(3)} << 24U | std::uint64_t{byte(4)} << 16U | std::uint64_t{byte(5)} << 8U | byte(6);
    const auto size = std::filesystem::file_size(directory + "/" + damage.file);
    if (size == 0) damage.what = Damage::What::remove;
    if (size > 0) damage.at %= size;
    apply_damage(damage, directory);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Original original;
    const auto directory = original.copy();
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (std::size_t i = 0; i < max_damages && bytes.size() >= damage_size; ++i) {
        damage(directory, bytes.substr(0, damage_size));
        bytes.remove_prefix(damage_size);
    }
    require(open_damaged(directory, original.acknowledged(), Damages::several).wrong.empty());
    return 0;
}
