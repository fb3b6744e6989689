// Any file is a configuration that holds together, or has problems that each say where and what, in one line and
// without a secret.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "pintle/config/config.hpp"
#include "require.hpp"

namespace {

using namespace pintle::config;
using pintle::fuzz::require;

constexpr std::string_view secret = "Hush";         // what the file's secrets begin with
constexpr std::string_view environment = "Silent";  // and the environment's

// A file that never touches a disk.
class MemoryFile {
public:
    explicit MemoryFile(std::string_view text) : handle_(memfd_create("pintle.yaml", MFD_CLOEXEC)) {
        require(handle_ >= 0 && write(handle_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    ~MemoryFile() { close(handle_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    std::string path() const { return "/proc/self/fd/" + std::to_string(handle_); }

private:
    int handle_;
};

std::optional<std::string> variable(const std::string& name) {
    if (name == "PINTLE_WRITE_KEY" || name == "CUSTOMERIO_API_KEY") return std::string(environment) + name;
    if (name == "CUSTOMERIO_SITE_ID") return "site";
    return std::nullopt;
}

// Where every secret of the file is plainly the value of a key for it, so that nothing else may show it.
bool has_plain_secrets(std::string_view text) {
    if (text.find(secret) == std::string_view::npos || text.find_first_of("\"'|>&*?![]{},#%\\") != text.npos)
        return false;
    for (auto at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + 1)) {
        const auto before = text.substr(0, at);
        constexpr std::array<std::string_view, 3> keys{" write_key: ", " api_key: ", " token: "};
        if (std::ranges::none_of(keys, [&](auto key) { return before.ends_with(key); })) return false;
    }
    return true;
}

void validate(const std::vector<Problem>& problems, std::string_view text) {
    const bool plain = has_plain_secrets(text);
    const bool refers =  // to the environment, or has such a word itself
        text.find("${") != std::string_view::npos || text.find(environment) != std::string_view::npos;
    for (const Problem& problem : problems) {
        require(!problem.where.empty() && !problem.what.empty());
        const std::string said = problem.text();
        require(std::ranges::none_of(said, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
        require(!plain || said.find(secret) == std::string::npos);
        require(refers || said.find(environment) == std::string::npos);
    }
}

void validate(const Config& config) {
    require(!config.sources.empty() && !config.destinations.empty());
    for (const Source& source : config.sources) {
        require(!source.name.empty() && (source.insecure_no_auth || !source.write_keys.empty()));
        require(source.destinations.size() != 1 && source.destination.empty() == !source.destinations.empty());
        for (const auto& name : source.destination_names()) {
            require(std::ranges::count(config.destinations, name, &Destination::name) == 1);
            require(std::ranges::count(source.destination_names(), name) == 1);
        }
        require(std::ranges::count(config.sources, source.name, &Source::name) == 1);
    }
    for (const Destination& to : config.destinations) {
        require(!to.site_id.empty() && !to.api_key.empty() && !to.endpoint().host.empty());
        require(to.rate > 0 && to.connections > 0 && to.initial_backoff <= to.max_backoff);
    }
    require(config.ingest.max_event <= config.ingest.max_body);
    require(config.admin_listen.loopback() || !config.admin_token.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const MemoryFile file(text);
    for (const Purpose purpose : {Purpose::serve, Purpose::check, Purpose::transform, Purpose::locate}) {
        const Loaded loaded = load_config(file.path(), pintle::config::Environment(variable), purpose);
        validate(loaded.problems, text);
        validate(loaded.warnings, text);
        if (loaded.problems.empty() && purpose == Purpose::serve) validate(loaded.config);
    }
    return 0;
}
