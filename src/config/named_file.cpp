#include "named_file.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "pintle/base/files.hpp"
#include "pintle/config/values.hpp"

namespace pintle::config {
namespace {

constexpr std::size_t max_secret = 64UL << 10U;  // bytes

}  // namespace

std::optional<std::string> read_named_file(const std::string& path, std::size_t max_size, std::string& problem) {
    try {
        auto content = files::read(path, max_size, files::Kind::regular);
        if (!content.empty()) return content;
        problem = in_quotes(path) + " is empty";
    } catch (const std::system_error& error) {
        problem = in_quotes(path) + " cannot be read: " + error.code().message();
    } catch (const std::runtime_error& error) {
        problem = in_quotes(path) + " " + error.what();
    }
    return std::nullopt;
}

std::optional<std::vector<std::string>> read_secret_file(const std::string& path, Secrets allowed,
                                                         std::string& problem) {
    const auto content = read_named_file(path, max_secret, problem);
    if (!content) return std::nullopt;
    std::vector<std::string> lines;
    for (std::string_view rest = *content; !rest.empty();) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.emplace_back(line);
    }
    if (lines.empty()) {
        problem = in_quotes(path) + " is empty";
        return std::nullopt;
    }
    if (lines.size() > 1 && allowed == Secrets::one) {
        problem = in_quotes(path) + " has more than one line; a file holds one secret";
        return std::nullopt;
    }
    return lines;
}

}  // namespace pintle::config
