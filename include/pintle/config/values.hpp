#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "pintle/config/config.hpp"
#include "pintle/customerio/consent_policy.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/kafka/client_config.hpp"

// The kinds of values. `kind(text, value)` reads a value and leaves it unchanged on an error. `kind.show(value)`
// returns the shortest text that reads as the same value. `kind.allowed()` describes the allowed values for people,
// `kind.schema()` for programs, as a JSON Schema. The text of a `bare` kind is a number or a boolean in JSON.
namespace pintle::config {

// What is wrong with a value and what is allowed, for people; nothing where the value is valid.
using ValidationError = std::optional<std::string>;

// `"text"`, shortened and without control characters, for error messages.
std::string in_quotes(std::string_view text);

struct Duration {  // 500ms, 30s, 5m, 24h, 7d; a bare 0 needs no unit
    Milliseconds least;
    Milliseconds most;
    static constexpr bool bare = false;
    ValidationError operator()(const std::string& text, Milliseconds& out) const;
    static std::string show(Milliseconds value);
    std::string allowed() const;
    nlohmann::ordered_json schema() const;
};

struct Size {  // bytes, or 32KB (1,000), 32KiB (1,024), MB, MiB, GB, GiB
    std::uint64_t least;
    std::uint64_t most;
    static constexpr bool bare = false;
    ValidationError operator()(const std::string& text, std::uint64_t& out) const;
    static std::string show(std::uint64_t value);
    std::string allowed() const;
    nlohmann::ordered_json schema() const;
};

struct Count {
    std::size_t least;
    std::size_t most;
    static constexpr bool bare = true;
    ValidationError operator()(const std::string& text, std::size_t& out) const;
    static std::string show(std::size_t value);
    std::string allowed() const;
    nlohmann::ordered_json schema() const;
};

struct Rate {  // requests per second, above 0
    double most;
    static constexpr bool bare = true;
    ValidationError operator()(const std::string& text, double& out) const;
    static std::string show(double value);
    std::string allowed() const;
    nlohmann::ordered_json schema() const;
};

struct Ratio {  // 0 to 1
    static constexpr bool bare = true;
    ValidationError operator()(const std::string& text, double& out) const;
    static std::string show(double value) { return Rate::show(value); }
    static std::string allowed() { return "0 to 1"; }
    static nlohmann::ordered_json schema();
};

// The JSON Schema of one of a few words.
nlohmann::ordered_json words_schema(const std::vector<std::string_view>& words);

// One of a few words.
template <class T>
struct Choice {
    std::vector<std::pair<std::string_view, T>> choices;
    static constexpr bool bare = false;

    ValidationError operator()(const std::string& text, T& out) const {
        for (const auto& [name, value] : choices) {
            if (text != name) continue;
            out = value;
            return {};
        }
        const bool was_off = text == "false" && choices.front().first == "off";
        return in_quotes(text) + " is not one of " + allowed() +
               (was_off ? "; write \"off\" in quotes, as YAML 1.1 takes off for false" : "");
    }
    std::string show(const T& value) const {
        for (const auto& [name, choice] : choices)
            if (choice == value) return std::string(name);
        return {};
    }
    std::string allowed() const {
        std::string names;
        for (const auto& [name, value] : choices) names += (names.empty() ? "" : ", ") + std::string(name);
        return names;
    }
    nlohmann::ordered_json schema() const {
        std::vector<std::string_view> names;
        for (const auto& [name, value] : choices) names.push_back(name);
        return words_schema(names);
    }
};

struct Flag {
    static constexpr bool bare = true;
    ValidationError operator()(const std::string& text, bool& out) const;
    static std::string show(bool value) { return value ? "true" : "false"; }
    static std::string allowed() { return "true, false"; }
    static nlohmann::ordered_json schema();
};

struct Text {
    static constexpr bool bare = false;
    ValidationError operator()(const std::string& text, std::string& out) const;
    static std::string show(const std::string& value) { return value; }
    static std::string allowed() { return "text"; }
    static nlohmann::ordered_json schema();
};

struct Word : Text {  // not empty
    ValidationError operator()(const std::string& text, std::string& out) const;
    static nlohmann::ordered_json schema();
};

struct Name : Text {  // of a source or destination
    ValidationError operator()(const std::string& text, std::string& out) const;
    static nlohmann::ordered_json schema();
};

struct TopicPrefix : Text {  // of topics of Kafka
    ValidationError operator()(const std::string& text, std::string& out) const;
    static nlohmann::ordered_json schema();
};

struct EventTypeName : Text {  // identify, track, page, screen, group or alias
    ValidationError operator()(const std::string& text, std::string& out) const;
    static std::string allowed() { return "identify, track, page, screen, group, alias"; }
    static nlohmann::ordered_json schema();
};

struct EventTypeOrAny {  // an empty text: any
    static constexpr bool bare = false;
    ValidationError operator()(const std::string& text, std::optional<customerio::EventType>& out) const;
    static std::string show(std::optional<customerio::EventType> value);
    static std::string allowed() { return EventTypeName::allowed(); }
    static nlohmann::ordered_json schema();
};

struct EventNamePattern : Text {  // an empty text: any
    ValidationError operator()(const std::string& text, std::string& out) const;
    static std::string allowed() { return "text, or the beginning of it and *"; }
    static nlohmann::ordered_json schema();
};

struct SemanticEventNames {  // one of them, or `all`; is added to those that are there
    ValidationError operator()(const std::string& text, customerio::SemanticEvents& out) const;
    static std::vector<std::string> show(const customerio::SemanticEvents& value);
    static std::string allowed();  // "all, or a list of ..."
    static nlohmann::ordered_json schema();
};

// One of the enumerators of `Enum` by its name, where none is a value too.
template <class Enum, const auto& names>
struct Named {
    static constexpr bool bare = false;
    ValidationError operator()(const std::string& text, std::optional<Enum>& out) const { return choice()(text, out); }
    static std::string show(std::optional<Enum> value) { return choice().show(value); }
    static std::string allowed() { return choice().allowed(); }
    static nlohmann::ordered_json schema() { return choice().schema(); }

private:
    static Choice<std::optional<Enum>> choice() {
        Choice<std::optional<Enum>> all;
        for (std::size_t i = 0; i < names.size(); ++i) all.choices.emplace_back(names[i], static_cast<Enum>(i));
        return all;
    }
};
using ConsentProviderName = Named<customerio::ConsentProvider, customerio::consent_provider_names>;
using ConsentStrategyName = Named<customerio::ConsentStrategy, customerio::consent_strategy_names>;

struct ListenAddress {
    static constexpr bool bare = false;
    ValidationError operator()(const std::string& text, Listen& out) const;
    static std::string show(const Listen& value) { return value.text(); }
    static std::string allowed() { return "address:port"; }
    static nlohmann::ordered_json schema();
};

struct Origin : Text {
    ValidationError operator()(const std::string& text, std::string& out) const;
    static std::string allowed() { return "* or scheme://host[:port]"; }
    static nlohmann::ordered_json schema();
};

struct BaseUrl {
    static constexpr bool bare = false;
    ValidationError operator()(const std::string& text, std::optional<http::client::Endpoint>& out) const;
    static std::string show(const std::optional<http::client::Endpoint>& value);
    static std::string allowed() { return "https://host[:port][/prefix]"; }
    static nlohmann::ordered_json schema();
};

struct CollectorUrl : BaseUrl {  // of an OpenTelemetry collector; an empty text: none
    ValidationError operator()(const std::string& text, std::optional<http::client::Endpoint>& out) const;
    static std::string allowed() { return "https://host[:port][/prefix] or http://..."; }
};

struct HeaderLine : Text {  // of a request: "Name: value"
    ValidationError operator()(const std::string& text, std::string& out) const;
    static std::string allowed() { return "\"Name: value\""; }
};

struct SettingOfLibrdkafka {  // name=value; is added to those that are there
    ValidationError operator()(const std::string& text, kafka::Settings& out) const;
    static std::vector<std::string> show(const kafka::Settings& value);
    static std::string allowed() { return "a map of names and values"; }
    static nlohmann::ordered_json schema();  // of a value
};

// `text` with each ${VAR} and ${VAR:-default} replaced; `$${` is a literal `${`.
struct Expanded {
    std::string text;
    std::vector<std::string> used;       // the variables it refers to
    std::optional<std::string> missing;  // the first one that is not set and has no default
    bool malformed = false;
};
Expanded expand(std::string_view text, const Environment& environment);

}  // namespace pintle::config
