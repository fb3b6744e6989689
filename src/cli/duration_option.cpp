#include "duration_option.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <CLI/CLI.hpp>

#include "pintle/config/values.hpp"

namespace pintle::cli {
namespace {

using std::chrono::milliseconds;

// Plain seconds as the configuration's duration; other text unchanged.
std::string with_unit(const std::string& text) {
    double seconds = 0;
    if (!CLI::detail::lexical_cast(text, seconds) || !std::isfinite(seconds) || seconds < 0) return text;
    constexpr double most = 1e12;  // far above every range
    return std::to_string(static_cast<std::int64_t>(std::min(seconds, most) * 1000)) + "ms";
}

}  // namespace

CLI::Option* add_duration_option(CLI::App& command, const std::string& name, std::function<void(milliseconds)> set,
                                 const std::string& description, DurationRange range) {
    const auto read = [name, set = std::move(set), range](const std::string& text) {
        milliseconds duration{};
        if (const auto error = config::Duration{range.least, range.most}(with_unit(text), duration))
            throw CLI::ValidationError(name, *error);
        set(duration);
    };
    return command.add_option_function<std::string>(name, read, description)->type_name("DURATION");
}

}  // namespace pintle::cli
