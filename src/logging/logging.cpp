#include "pintle/logging/logging.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <nlohmann/json.hpp>

#include "pintle/base/escape.hpp"

namespace pintle::logging {
namespace {

using nlohmann::json;

// The source of messages that `write` made: they are complete already.
constexpr const char* rendered = "pintle::logging::write";

std::atomic<bool> as_json{false};

void append(std::string_view text, spdlog::memory_buf_t& out) {
    out.append(text.data(), text.data() + text.size());
}

// Without control characters and invalid UTF-8, and not longer than a log line should be.
std::string safe_text(std::string_view text, text::Quotes quotes) {
    const auto shown = text.substr(0, longest_text);
    std::string out;
    text::append_escaped(shown, quotes, out);
    if (shown.size() < text.size()) out += "...";
    return out;
}

bool needs_quotes(std::string_view text) {
    return text.empty() || text.find_first_of(" \"=\\") != std::string_view::npos;
}

std::string plain_text(const Value& value, text::Quotes quotes) {
    return std::visit(
        [quotes]<class T>(const T& each) -> std::string {
            if constexpr (std::is_same_v<T, std::string_view>) {
                return safe_text(each, quotes);
            } else {
                return fmt::format("{}", each);
            }
        },
        value);
}

json json_value(const Value& value) {
    return std::visit(
        []<class T>(const T& each) -> json {
            if constexpr (std::is_same_v<T, std::string_view>) {
                return safe_text(each, text::Quotes::as_they_are);
            } else {
                return each;
            }
        },
        value);
}

// Takes a format apart: `event name={} name="some {} text"`.
class FormatReader {
public:
    FormatReader(std::string_view format, std::span<const Value> arguments) : rest_(format), arguments_(arguments) {}

    struct Field {
        std::string_view name;
        std::string_view value;  // with its placeholders, without its quotes
        bool quoted = false;
    };

    std::string_view event() { return take_to(' '); }

    bool next(Field& field) {
        if (rest_.empty()) return false;
        field.name = take_to('=');
        field.quoted = rest_.starts_with('"');
        if (field.quoted) rest_.remove_prefix(1);
        field.value = take_to(field.quoted ? '"' : ' ');
        if (field.quoted && rest_.starts_with(' ')) rest_.remove_prefix(1);
        return true;
    }

    const Value& argument() {
        const Value& first = arguments_.front();
        arguments_ = arguments_.subspan(1);
        return first;
    }

    // The value with its arguments.
    std::string text_of(std::string_view value, text::Quotes quotes) {
        std::string out;
        for (auto at = value.find("{}"); at != std::string_view::npos; at = value.find("{}")) {
            out.append(value.substr(0, at)).append(plain_text(argument(), quotes));
            value.remove_prefix(at + 2);
        }
        return out.append(value);
    }

private:
    std::string_view take_to(char end) {
        const auto at = rest_.find(end);
        const auto taken = rest_.substr(0, at);
        rest_.remove_prefix(std::min(rest_.size(), taken.size() + 1));
        return taken;
    }

    std::string_view rest_;
    std::span<const Value> arguments_;
};

std::string text_line(FormatReader reader) {
    std::string line(reader.event());
    for (FormatReader::Field field; reader.next(field);) {
        line.append(1, ' ').append(field.name).append(1, '=');
        const auto value = reader.text_of(field.value, text::Quotes::escaped);
        const bool quoted = field.quoted || needs_quotes(value);
        line.append(quoted ? "\"" : "").append(value).append(quoted ? "\"" : "");
    }
    return line;
}

// The members of an object, without its braces.
std::string json_members(FormatReader reader) {
    std::string members = "\"event\":" + json(reader.event()).dump();
    for (FormatReader::Field field; reader.next(field);) {
        const auto value = !field.quoted && field.value == "{}"
                               ? json_value(reader.argument())
                               : json(reader.text_of(field.value, text::Quotes::as_they_are));
        members.append(1, ',').append(json(field.name).dump()).append(1, ':').append(value.dump());
    }
    return members;
}

// The message: %* in a pattern.
class Message final : public spdlog::custom_flag_formatter {
public:
    explicit Message(bool as_object) : as_object_(as_object) {}

    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
        const std::string_view payload{message.payload.data(), message.payload.size()};
        if (message.source.filename == rendered) return append(payload, out);
        const auto line = safe_text(payload, text::Quotes::as_they_are);
        append(as_object_ ? "\"event\":\"message\",\"text\":" + json(line).dump() : line, out);
    }
    std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
        return std::make_unique<Message>(as_object_);
    }

private:
    bool as_object_;
};

// The level, by the names of the configuration: %* in a pattern.
class LevelName final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
        append(name_of(message.level), out);
    }
    std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<LevelName>(); }
};

constexpr auto text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %& %*";
constexpr auto json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%&",%*})";

}  // namespace

std::string_view name_of(spdlog::level::level_enum level) {
    const auto* const found = std::ranges::find(levels, level, &Level::level);
    return found == levels.end() ? "off" : found->name;
}

std::optional<spdlog::level::level_enum> find_level(std::string_view name) {
    const auto* const found = std::ranges::find(levels, name, &Level::name);
    if (found == levels.end() || found->level == spdlog::level::critical) return std::nullopt;
    return found->level;
}

void write(spdlog::level::level_enum level, std::string_view format, std::span<const Value> arguments) {
    const auto message = as_json ? json_members({format, arguments}) : text_line({format, arguments});
    spdlog::log(spdlog::source_loc(rendered, 1, rendered), level, spdlog::string_view_t(message));
}

void start(const Options& options) {
    as_json = options.json;
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<LevelName>('&');
    formatter->add_flag<Message>('*', options.json).set_pattern(options.json ? json_pattern : text_pattern);
    auto logger = std::make_shared<spdlog::logger>("pintle", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(std::move(formatter));
    logger->set_level(find_level(options.level).value_or(spdlog::level::info));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace pintle::logging
