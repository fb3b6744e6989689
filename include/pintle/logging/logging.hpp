#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include <spdlog/spdlog.h>

#include "pintle/base/escape.hpp"

// Writes log lines: `logging::warn("event field={} text=\"{}\"", ...)`. Arguments may be untrusted text: it cannot end
// its quotes, its line or a JSON string, nor control a terminal. Thread-safe.
namespace pintle::logging {

inline constexpr std::size_t longest_text = 4'096;  // bytes of an argument; the rest is omitted

// A text argument of a log line.
struct Text {
    std::string_view text;
};

template <class T>
using Argument = std::conditional_t<std::is_convertible_v<const T&, std::string_view>, Text, T>;

template <class T>
Argument<T> argument(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return {value};
    } else {
        static_assert(std::is_arithmetic_v<T>, "a log line is made of texts and numbers");
        return value;
    }
}

template <class... Args>
using Format = spdlog::format_string_t<Argument<Args>...>;

template <class... Args>
void debug(Format<Args...> format, const Args&... args) {
    spdlog::debug(format, argument(args)...);
}

template <class... Args>
void info(Format<Args...> format, const Args&... args) {
    spdlog::info(format, argument(args)...);
}

template <class... Args>
void warn(Format<Args...> format, const Args&... args) {
    spdlog::warn(format, argument(args)...);
}

template <class... Args>
void error(Format<Args...> format, const Args&... args) {
    spdlog::error(format, argument(args)...);
}

template <class... Args>
void critical(Format<Args...> format, const Args&... args) {
    spdlog::critical(format, argument(args)...);
}

struct Options {
    std::string level = "info";
    bool json = false;
};

// Writes to stderr. Messages that do not use the functions above are also kept on one line.
void start(const Options& options);

}  // namespace pintle::logging

template <>
struct fmt::formatter<pintle::logging::Text> {
    constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }

    template <class Context>
    auto format(const pintle::logging::Text& value, Context& context) const {
        const auto shown = value.text.substr(0, pintle::logging::longest_text);
        std::string out;
        pintle::text::append_escaped(shown, pintle::text::Quotes::escaped, out);
        if (shown.size() < value.text.size()) out += "...";
        return std::copy(out.begin(), out.end(), context.out());
    }
};
