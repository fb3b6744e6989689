#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pintle/app/config.hpp"

// How the text of a single value is read. A reader is `Complaint(const std::string& text, T& out)`; on a complaint
// `out` is as it was.
namespace pintle::app {

// What is wrong with a value and what is allowed, for people; nothing where all is well.
using Complaint = std::optional<std::string>;

// `"text"`, shortened and without control characters, as error texts show values.
std::string in_quotes(std::string_view text);

struct Duration {  // 500ms, 30s, 5m, 24h; a bare 0 needs no unit
    Milliseconds least;
    Milliseconds most;
    Complaint operator()(const std::string& text, Milliseconds& out) const;
};

struct Size {  // bytes, or 32KB (1,000), 32KiB (1,024), MB, MiB, GB, GiB
    std::uint64_t least;
    std::uint64_t most;
    Complaint operator()(const std::string& text, std::uint64_t& out) const;
};

struct Count {
    std::size_t least;
    std::size_t most;
    Complaint operator()(const std::string& text, std::size_t& out) const;
};

struct Rate {  // requests per second, above 0
    double most;
    Complaint operator()(const std::string& text, double& out) const;
};

// One of a few words.
template <class T>
struct Choice {
    std::vector<std::pair<std::string_view, T>> choices;

    Complaint operator()(const std::string& text, T& out) const {
        std::string names;
        for (const auto& [name, value] : choices) {
            if (text == name) {
                out = value;
                return {};
            }
            names += (names.empty() ? "" : ", ") + std::string(name);
        }
        return in_quotes(text) + " is none of " + names;
    }
};

Complaint read_text(const std::string& text, std::string& out);
Complaint read_word(const std::string& text, std::string& out);  // not empty
Complaint read_name(const std::string& text, std::string& out);  // of a source or destination
Complaint read_flag(const std::string& text, bool& out);
Complaint read_listen(const std::string& text, Listen& out);
Complaint read_origin(const std::string& text, std::string& out);
Complaint read_base_url(const std::string& text, std::optional<delivery::Endpoint>& out);

// `text` with each ${VAR} and ${VAR:-default} replaced; `$${` stands for `${` itself.
struct Expanded {
    std::string text;
    std::vector<std::string> used;       // the variables it names
    std::optional<std::string> missing;  // the first one that is not set and has no default
    bool malformed = false;
};
Expanded expand(std::string_view text, const Environment& environment);

}  // namespace pintle::app
