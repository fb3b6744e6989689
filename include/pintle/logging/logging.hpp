#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include <spdlog/spdlog.h>

// Writes log lines: `logging::warn("destination_paused destination={} message=\"{}\"", name, message)`. The format is
// the event and its fields; a value in quotes may hold more text around its argument. A text line is written as the
// format says, a JSON line is an object with the same fields. Arguments may be untrusted text: it cannot end its
// quotes, its line or a JSON string, nor control a terminal. Thread-safe.
namespace pintle::logging {

inline constexpr std::size_t longest_text = 4'096;  // bytes of an argument; the rest is omitted

// An argument of a log line. Texts must outlive the call.
using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;

template <class T>
Value value_of(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return std::string_view(value);
    } else if constexpr (std::same_as<T, bool> || std::is_floating_point_v<T>) {
        return value;
    } else {
        static_assert(std::is_arithmetic_v<T> && !std::same_as<T, char>, "a log line is made of texts and numbers");
        if constexpr (std::is_signed_v<T>) {
            return std::int64_t{value};
        } else {
            return std::uint64_t{value};
        }
    }
}

// A format with one `{}` for each of `Args`, checked when it is compiled.
template <class... Args>
class Format {
public:
    template <std::size_t N>
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is a format
    consteval Format(const char (&text)[N]) : text_(text, N - 1) {
        std::size_t arguments = 0;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (text_[i] == '{' && text_.substr(i, 2) == "{}") ++arguments;
            if (text_[i] == '{' && text_.substr(i, 2) != "{}") throw "an argument is written {}";
        }
        if (arguments != sizeof...(Args)) throw "the format has another number of arguments";
        if (text_.substr(0, text_.find(' ')).find_first_of("={\"") != std::string_view::npos)
            throw "the event is missing";
    }
    constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

void write(spdlog::level::level_enum level, std::string_view format, std::span<const Value> arguments);

template <class... Args>
void log(spdlog::level::level_enum level, std::string_view format, const Args&... args) {
    if (!spdlog::should_log(level)) return;
    write(level, format, std::array<Value, sizeof...(Args)>{value_of(args)...});
}

template <class... Args>
void debug(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    log(spdlog::level::debug, format.text(), args...);
}

template <class... Args>
void info(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    log(spdlog::level::info, format.text(), args...);
}

template <class... Args>
void warn(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    log(spdlog::level::warn, format.text(), args...);
}

template <class... Args>
void error(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    log(spdlog::level::err, format.text(), args...);
}

template <class... Args>
void critical(Format<std::type_identity_t<Args>...> format, const Args&... args) {
    log(spdlog::level::critical, format.text(), args...);
}

// Levels by the names that the configuration and log lines have for them.
struct Level {
    std::string_view name;
    spdlog::level::level_enum level{};
};
inline constexpr std::array levels{Level{"trace", spdlog::level::trace}, Level{"debug", spdlog::level::debug},
                                   Level{"info", spdlog::level::info},   Level{"warn", spdlog::level::warn},
                                   Level{"error", spdlog::level::err},   Level{"critical", spdlog::level::critical}};

std::string_view name_of(spdlog::level::level_enum level);
// Nothing if no configuration may have it: lines of level `critical` are always written.
std::optional<spdlog::level::level_enum> find_level(std::string_view name);

struct Options {
    std::string level = "info";
    bool json = false;
};

// Writes to stderr. Messages that do not use the functions above are also kept on one line. Comes before other threads
// log.
void start(const Options& options);

}  // namespace pintle::logging
