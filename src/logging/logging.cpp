#include "pintle/logging/logging.hpp"

#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <nlohmann/json.hpp>

namespace pintle::logging {
namespace {

std::string_view payload_of(const spdlog::details::log_msg& message) {
    return {message.payload.data(), message.payload.size()};
}

void append(std::string_view text, spdlog::memory_buf_t& out) {
    out.append(text.data(), text.data() + text.size());
}

// The message in one line: %* in a pattern.
class LineMessage final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
        const auto payload = payload_of(message);
        if (text::is_plain(payload)) return append(payload, out);
        std::string line;
        text::append_escaped(payload, text::Quotes::as_they_are, line);
        append(line, out);
    }
    std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<LineMessage>(); }
};

// The same as a JSON string.
class JsonMessage final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
        std::string line;
        text::append_escaped(payload_of(message), text::Quotes::as_they_are, line);
        append(nlohmann::json(line).dump(), out);
    }
    std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

constexpr auto text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %*";
constexpr auto json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})";

}  // namespace

void start(const Options& options) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    if (options.json) {
        formatter->add_flag<JsonMessage>('*').set_pattern(json_pattern);
    } else {
        formatter->add_flag<LineMessage>('*').set_pattern(text_pattern);
    }
    auto logger = std::make_shared<spdlog::logger>("pintle", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(std::move(formatter));
    logger->set_level(spdlog::level::from_str(options.level));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace pintle::logging
