#include "named_file.hpp"

#include <stdexcept>
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

std::optional<std::string> read_secret_file(const std::string& path, std::string& problem) {
    auto secret = read_named_file(path, max_secret, problem);
    if (!secret) return secret;
    if (secret->ends_with('\n')) secret->pop_back();
    if (secret->ends_with('\r')) secret->pop_back();
    if (secret->find('\n') != std::string::npos) {
        problem = in_quotes(path) + " has more than one line; a file holds one secret";
        return std::nullopt;
    }
    if (!secret->empty()) return secret;
    problem = in_quotes(path) + " is empty";
    return std::nullopt;
}

}  // namespace pintle::config
