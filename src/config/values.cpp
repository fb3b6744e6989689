#include "pintle/config/values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>
#include <nlohmann/json.hpp>

#include "pintle/base/escape.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/http/client/endpoint.hpp"

namespace pintle::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_shown = 60;  // bytes of a value in an error message
constexpr std::size_t max_name = 255;  // a record stores the length of a name in one byte
constexpr std::size_t max_topic_prefix = 100;

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// In rising order: a number is shown in the last unit that divides it.
constexpr std::array duration_units{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}};
constexpr std::array size_units{Unit{"", 1},
                                Unit{"KB", 1'000},
                                Unit{"KiB", 1ULL << 10U},
                                Unit{"MB", 1'000'000},
                                Unit{"MiB", 1ULL << 20U},
                                Unit{"GB", 1'000'000'000},
                                Unit{"GiB", 1ULL << 30U}};

template <class T>
std::optional<T> read_number(std::string_view text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return number;
}

template <std::size_t N>
std::optional<std::uint64_t> read_quantity(std::string_view text, const std::array<Unit, N>& units) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = read_number<std::uint64_t>(text.substr(0, digits));
    const auto* const unit = std::ranges::find(units, text.substr(digits), &Unit::name);
    if (!number || unit == units.end() || *number > std::numeric_limits<std::int64_t>::max() / unit->factor) return {};
    return *number * unit->factor;
}

template <std::size_t N>
std::string write_quantity(std::uint64_t quantity, const std::array<Unit, N>& units) {
    if (quantity == 0) return "0";
    const auto unit =
        std::find_if(units.rbegin(), units.rend(), [&](const Unit& u) { return quantity % u.factor == 0; });
    return std::to_string(quantity / unit->factor) + std::string(unit->name);
}

// The pattern of a number with one of the units.
template <std::size_t N>
std::string quantity_pattern(const std::array<Unit, N>& units) {
    std::string names;
    for (const Unit& unit : units) names.append(names.empty() ? "" : "|").append(unit.name);
    return "^[0-9]+(" + names + ")$";
}

Json text_schema(std::string_view pattern) {
    return {{"type", "string"}, {"pattern", pattern}};
}

std::string range(const std::string& least, const std::string& most) {
    return least + " to " + most;
}

bool starts_variable_name(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
bool is_variable_name(std::string_view name) {
    return !name.empty() && starts_variable_name(name.front()) &&
           std::ranges::all_of(name, [](char c) { return starts_variable_name(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string shown = text::shown(text.substr(0, max_shown));
    if (text.size() <= max_shown) return '"' + shown + '"';
    while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0x80U) != 0)
        shown.pop_back();  // a part of a character
    return '"' + shown + "...\"";
}

ValidationError Duration::operator()(const std::string& text, Milliseconds& out) const {
    const auto read = text == "0" ? std::optional<std::uint64_t>(0) : read_quantity(text, duration_units);
    const auto bounds = [this] { return "; allowed: " + range(show(least), show(most)); };
    if (!read) return in_quotes(text) + " is not a duration (500ms, 30s, 5m, 24h)" + bounds();
    const Milliseconds duration(static_cast<Milliseconds::rep>(*read));
    if (duration < least || duration > most) return in_quotes(text) + " is out of range" + bounds();
    out = duration;
    return {};
}

std::string Duration::show(Milliseconds value) {
    return write_quantity(static_cast<std::uint64_t>(value.count()), duration_units);
}

std::string Duration::allowed() const {
    return "a duration, " + range(show(least), show(most));
}

Json Duration::schema() const {
    Json number = {{"type", "integer"}, {"minimum", 0}, {"maximum", 0}};  // 0 needs no unit
    Json text = text_schema(quantity_pattern(duration_units));
    if (least.count() > 0) return text;
    return {{"anyOf", {std::move(text), std::move(number)}}};
}

ValidationError Size::operator()(const std::string& text, std::uint64_t& out) const {
    const auto size = read_quantity(text, size_units);
    const auto bounds = [this] { return "; allowed: " + range(show(least), show(most)); };
    if (!size) return in_quotes(text) + " is not a size (32000, 32KB, 32KiB, 10MB, 10MiB, 2GB, 2GiB)" + bounds();
    if (*size < least || *size > most) return in_quotes(text) + " is out of range" + bounds();
    out = *size;
    return {};
}

std::string Size::show(std::uint64_t value) {
    return write_quantity(value, size_units);
}

std::string Size::allowed() const {
    return "a size, " + range(show(least), show(most));
}

Json Size::schema() const {
    Json number = {{"type", "integer"}, {"minimum", least}, {"maximum", most}};
    return {{"anyOf", {text_schema(quantity_pattern(size_units)), std::move(number)}}};
}

ValidationError Count::operator()(const std::string& text, std::size_t& out) const {
    const auto count = read_number<std::size_t>(text);
    const auto bounds = [this] { return "; allowed: " + allowed(); };
    if (!count) return in_quotes(text) + " is not a whole number" + bounds();
    if (*count < least || *count > most) return in_quotes(text) + " is out of range" + bounds();
    out = *count;
    return {};
}

std::string Count::show(std::size_t value) {
    return std::to_string(value);
}

std::string Count::allowed() const {
    return range(show(least), show(most));
}

Json Count::schema() const {
    return {{"type", "integer"}, {"minimum", least}, {"maximum", most}};
}

ValidationError Rate::operator()(const std::string& text, double& out) const {
    const auto rate = read_number<double>(text);
    const auto bounds = [this] { return "; allowed: " + allowed(); };
    if (!rate) return in_quotes(text) + " is not a number" + bounds();
    if (!std::isfinite(*rate) || *rate <= 0 || *rate > most) return in_quotes(text) + " is out of range" + bounds();
    out = *rate;
    return {};
}

std::string Rate::show(double value) {
    std::array<char, 400> digits{};  // the smallest double has about 340 digits
    const auto [end, error] =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
    return {digits.data(), end};
}

std::string Rate::allowed() const {
    return "above 0 and up to " + show(most);
}

ValidationError Ratio::operator()(const std::string& text, double& out) const {
    const auto ratio = read_number<double>(text);
    if (!ratio) return in_quotes(text) + " is not a number; allowed: " + allowed();
    if (std::isnan(*ratio) || *ratio < 0 || *ratio > 1)
        return in_quotes(text) + " is out of range; allowed: " + allowed();
    out = *ratio;
    return {};
}

Json Ratio::schema() {
    return {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
}

Json Rate::schema() const {
    return {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", most}};
}

Json words_schema(const std::vector<std::string_view>& words) {
    return {{"enum", words}};
}

Json Flag::schema() {
    return {{"type", "boolean"}};
}

// YAML reads a text of digits as a number.
Json Text::schema() {
    return {{"type", {"string", "number"}}};
}

Json Word::schema() {
    Json schema = Text::schema();
    schema["minLength"] = 1;
    return schema;
}

Json Name::schema() {
    Json schema = Word::schema();
    schema["maxLength"] = max_name;
    return schema;
}

Json TopicPrefix::schema() {
    return {{"type", "string"}, {"pattern", "^[a-zA-Z0-9._-]{1,100}$"}};
}

Json EventTypeName::schema() {
    std::vector<std::string_view> names;
    std::ranges::copy_if(customerio::event_types, std::back_inserter(names), [](auto name) { return name != "other"; });
    return words_schema(names);
}

Json EventTypeOrAny::schema() {
    Json schema = EventTypeName::schema();
    schema["enum"].push_back("");
    return schema;
}

Json EventNamePattern::schema() {
    return text_schema(R"(^[^*]*\*?$)");
}

Json SemanticEventNames::schema() {
    constexpr auto& names = customerio::semantic_event_names;
    std::vector<std::string_view> words{"all"};
    words.insert(words.end(), names.begin(), names.end());
    return words_schema(words);
}

Json ListenAddress::schema() {
    return text_schema(R"(^(\[[^\]]+\]|[^:]+):[0-9]{1,5}$)");
}

Json Origin::schema() {
    return text_schema(R"(^(\*|[^/]+://[^/ *]+)$)");
}

Json BaseUrl::schema() {
    return text_schema("^(https?://.+)?$");
}

ValidationError Text::operator()(const std::string& text, std::string& out) const {
    out = text;
    return {};
}

ValidationError EventTypeName::operator()(const std::string& text, std::string& out) const {
    const bool known =
        text != "other" && std::ranges::find(customerio::event_types, text) != customerio::event_types.end();
    if (!known) return in_quotes(text) + " is not one of " + allowed();
    out = text;
    return {};
}

ValidationError EventTypeOrAny::operator()(const std::string& text, std::optional<customerio::EventType>& out) const {
    if (text.empty()) {
        out.reset();
        return {};
    }
    std::string name;
    if (auto error = EventTypeName{}(text, name)) return error;
    out = customerio::find_event_type(name);
    return {};
}

std::string EventTypeOrAny::show(std::optional<customerio::EventType> value) {
    return value ? std::string(customerio::event_types.at(static_cast<std::size_t>(*value))) : "";
}

ValidationError EventNamePattern::operator()(const std::string& text, std::string& out) const {
    if (text.find('*') < text.size() - 1)
        return in_quotes(text) + " has a * that is not at its end; allowed: an event's name, or its beginning and *";
    out = text;
    return {};
}

ValidationError Word::operator()(const std::string& text, std::string& out) const {
    if (text.empty()) return "is empty";
    out = text;
    return {};
}

ValidationError Name::operator()(const std::string& text, std::string& out) const {
    if (text.empty()) return "is empty; a name has 1 to 255 bytes";
    if (text.size() > max_name) return in_quotes(text) + " is longer than 255 bytes";
    if (!text::is_plain(text)) return in_quotes(text) + " contains a control character or is not UTF-8";
    out = text;
    return {};
}

ValidationError TopicPrefix::operator()(const std::string& text, std::string& out) const {
    static constexpr std::string_view allowed_characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (text.empty() || text.size() > max_topic_prefix || text.find_first_not_of(allowed_characters) != text.npos)
        return in_quotes(text) + " is not 1 to 100 letters, digits, dots, underscores and hyphens";
    out = text;
    return {};
}

ValidationError Flag::operator()(const std::string& text, bool& out) const {
    return Choice<bool>{{{"true", true}, {"false", false}}}(text, out);
}

ValidationError SemanticEventNames::operator()(const std::string& text, customerio::SemanticEvents& out) const {
    constexpr auto& names = customerio::semantic_event_names;
    const auto* const found = std::ranges::find(names, text);
    if (text == "all") {
        out.set();
    } else if (found != names.end()) {
        out.set(static_cast<std::size_t>(found - names.begin()));
    } else {
        return in_quotes(text) + " is not a semantic event; allowed: " + allowed();
    }
    return {};
}

std::vector<std::string> SemanticEventNames::show(const customerio::SemanticEvents& value) {
    if (value.all()) return {"all"};
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < value.size(); ++i)
        if (value[i]) shown.emplace_back(customerio::semantic_event_names[i]);
    return shown;
}

std::string SemanticEventNames::allowed() {
    std::string names;
    for (const std::string_view name : customerio::semantic_event_names)
        names.append(names.empty() ? "" : ", ").append(name);
    return "all, or a list of " + names;
}

ValidationError ListenAddress::operator()(const std::string& text, Listen& out) const {
    ValidationError complaint =
        in_quotes(text) +
        " is not an address to listen on; allowed: 0.0.0.0:8080, [::]:8080, localhost:8080, port 0 for any free one";
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return complaint;
    const auto port = read_number<std::uint16_t>(std::string_view(text).substr(colon + 1));
    std::string host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (!port || error || address.is_v6() != bracketed) return complaint;
    out = {host, *port};
    return {};
}

ValidationError Origin::operator()(const std::string& text, std::string& out) const {
    const auto scheme = text.find("://");
    const bool whole = scheme != std::string::npos && scheme > 0 && scheme + 3 < text.size() &&
                       text.find_first_of("/ *", scheme + 3) == std::string::npos;
    if (text != "*" && !whole)
        return in_quotes(text) +
               " is not an origin; allowed: *, or scheme://host[:port] without a path, such as https://example.com";
    out = text;
    return {};
}

ValidationError BaseUrl::operator()(const std::string& text, std::optional<http::client::Endpoint>& out) const {
    if (text.empty()) {
        out.reset();
        return {};
    }
    try {
        out = http::client::parse_endpoint(text);
        return {};
    } catch (const std::invalid_argument& refusal) {
        return refusal.what();
    }
}

std::string BaseUrl::show(const std::optional<http::client::Endpoint>& value) {
    if (!value) return {};
    return (value->tls ? "https://" : "http://") + value->authority() + value->path_prefix;
}

ValidationError CollectorUrl::operator()(const std::string& text, std::optional<http::client::Endpoint>& out) const {
    std::optional<http::client::Endpoint> read;
    if (BaseUrl{}(text, read)) return "is not of the form " + allowed();
    if (read && (read->path_prefix.ends_with("/v1/metrics") || read->path_prefix.ends_with("/v1/traces")))
        return "must be the URL without /v1/metrics or /v1/traces, which are added";
    out = std::move(read);
    return {};
}

// The text is not shown: it may be a credential.
ValidationError HeaderLine::operator()(const std::string& text, std::string& out) const {
    const auto colon = std::min(text.find(':'), text.size());
    const auto name = std::string_view(text).substr(0, colon);
    const auto is_token = [](unsigned char c) {  // RFC 9110, 5.6.2
        return std::isalnum(c) != 0 ||
               std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    };
    const auto is_value = [](unsigned char c) { return c == '\t' || (c >= ' ' && c != 0x7F); };
    if (name.empty() || colon == text.size() || !std::ranges::all_of(name, is_token) ||
        !std::ranges::all_of(std::string_view(text).substr(colon), is_value))
        return "is not a header; allowed: " + allowed();
    constexpr std::array<std::string_view, 6> ours{"host",       "content-type",      "content-length",
                                                   "user-agent", "transfer-encoding", "connection"};
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (std::ranges::find(ours, lower) != ours.end()) return in_quotes(name) + " is a header that pintle itself sets";
    out = text;
    return {};
}

Expanded expand(std::string_view text, const Environment& environment) {
    Expanded expanded;
    while (!text.empty()) {
        const auto open = text.find("${");
        expanded.text += text.substr(0, open);
        if (open == std::string_view::npos) break;
        text.remove_prefix(open + 2);
        if (open > 0 && expanded.text.back() == '$') {
            expanded.text += '{';
            continue;
        }
        const auto close = text.find('}');
        const auto reference = text.substr(0, close);
        const auto split = reference.find(":-");
        const std::string name(reference.substr(0, split));
        if (close == std::string_view::npos || !is_variable_name(name)) {
            expanded.malformed = true;
            break;
        }
        text.remove_prefix(close + 1);
        expanded.used.push_back(name);
        const auto value = environment(name);
        if (value && !value->empty())
            expanded.text += *value;
        else if (split != std::string_view::npos)
            expanded.text += reference.substr(split + 2);
        else if (!expanded.missing)
            expanded.missing = name;
    }
    return expanded;
}

ValidationError SettingOfLibrdkafka::operator()(const std::string& text, kafka::Settings& out) const {
    const auto end = text.find('=');
    if (end == std::string::npos || end == 0) return in_quotes(text) + " is not name=value";
    auto name = text.substr(0, end);
    if (std::ranges::find(out, name, &kafka::Settings::value_type::first) != out.end())
        return in_quotes(name) + " is given twice";
    out.emplace_back(std::move(name), text.substr(end + 1));
    return {};
}

std::vector<std::string> SettingOfLibrdkafka::show(const kafka::Settings& value) {
    std::vector<std::string> texts;
    texts.reserve(value.size());
    for (const auto& [name, text] : value) texts.push_back(name + '=' + text);
    return texts;
}

nlohmann::ordered_json SettingOfLibrdkafka::schema() {
    return {{"type", {"string", "number", "boolean"}}};
}

}  // namespace pintle::config
