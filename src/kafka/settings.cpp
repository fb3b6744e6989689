#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "handles.hpp"
#include "pintle/kafka/client_config.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::kafka {
namespace {

using Text = std::array<char, 512>;

constexpr std::chrono::minutes log_interval{1};  // of one message

const Settings& common_settings() {
    static const Settings settings{
        {"client.id", "pintle"},
        {"socket.nagle.disable", "true"},  // with it a request over TLS waits 40 ms and more
        {"socket.timeout.ms", "3000"},     // how long a frozen broker is waited for
        {"socket.keepalive.enable", "true"},
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "1000"},
        {"topic.metadata.refresh.interval.ms", "30000"},
        {"log_level", "0"},  // errors come as events
    };
    return settings;
}

// What is wrong with one setting; empty where it is fine.
std::string set(rd_kafka_conf_t* configuration, const std::string& name, const std::string& value) {
    Text message{};
    const auto result = rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), message.data(), message.size());
    return result == RD_KAFKA_CONF_OK ? "" : message.data();
}

void set(rd_kafka_conf_t* configuration, const Settings& settings) {
    for (const auto& [name, value] : settings) {
        if (const auto problem = set(configuration, name, value); !problem.empty()) throw std::runtime_error(problem);
    }
}

// Whether the message was not logged within a minute. A client that is made anew again and again fails in the same way.
bool is_news(std::string_view message) {
    static std::mutex mutex;
    static std::map<std::string, std::chrono::steady_clock::time_point, std::less<>> logged;
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex);
    std::erase_if(logged, [&](const auto& each) { return now - each.second > log_interval; });
    return logged.emplace(message, now).second;
}

// Called on any thread, for what `log_level` lets through.
void log(const rd_kafka_t* /*client*/, int level, const char* facility, const char* message) {
    if (!is_news(message)) return;
    logging::warn("kafka_client_log level={} facility={} message=\"{}\"", level, facility, message);
}

struct Decided {
    std::string_view setting;
    std::string_view key;
};

// Some settings have two names.
constexpr std::array decided{
    Decided{"bootstrap.servers", "brokers"},     Decided{"metadata.broker.list", "brokers"},
    Decided{"ssl.ca.location", "tls.ca_file"},   Decided{"ssl.certificate.location", "tls.certificate"},
    Decided{"ssl.key.location", "tls.key"},      Decided{"sasl.mechanisms", "sasl.mechanism"},
    Decided{"sasl.mechanism", "sasl.mechanism"}, Decided{"sasl.username", "sasl.username"},
    Decided{"sasl.password", "sasl.password"},
};

}  // namespace

Configuration configure(const Settings& role, const Settings& settings) {
    Configuration configuration(rd_kafka_conf_new());
    set(configuration.get(), common_settings());
    set(configuration.get(), role);
    set(configuration.get(), settings);
    rd_kafka_conf_set_log_cb(configuration.get(), log);
    return configuration;
}

rd_kafka_t* create(rd_kafka_type_t type, Configuration configuration) {
    Text message{};
    // The handle owns the configuration, unless there is none.
    auto* const given = configuration.release();
    auto* const handle = rd_kafka_new(type, given, message.data(), message.size());
    if (handle != nullptr) return handle;
    configuration.reset(given);
    throw std::runtime_error(message.data());
}

Settings client_settings(const ClientConfig& config) {
    Settings settings;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) settings.emplace_back(name, value);
    };
    std::string brokers;
    for (const auto& broker : config.brokers) brokers += (brokers.empty() ? "" : ",") + broker;
    add("bootstrap.servers", brokers);
    const bool has_sasl = !config.sasl.mechanism.empty();
    if (config.tls.is_used()) {
        add("security.protocol", has_sasl ? "sasl_ssl" : "ssl");
    } else if (has_sasl) {
        add("security.protocol", "sasl_plaintext");
    }
    add("ssl.ca.location", config.tls.ca_file);
    add("ssl.certificate.location", config.tls.certificate);
    add("ssl.key.location", config.tls.key);
    add("sasl.mechanism", config.sasl.mechanism);
    add("sasl.username", config.sasl.username);
    add("sasl.password", config.sasl.password);
    settings.insert(settings.end(), config.librdkafka.begin(), config.librdkafka.end());
    return settings;
}

std::string bootstrap_of(const Settings& settings) {
    const auto found = std::ranges::find(settings, "bootstrap.servers", &Settings::value_type::first);
    return found == settings.end() ? "" : found->second;
}

std::string_view key_that_decides(std::string_view setting, const ClientConfig& config) {
    if (const auto* const found = std::ranges::find(decided, setting, &Decided::setting); found != decided.end())
        return found->key;
    if (setting != "security.protocol") return {};
    if (config.tls.is_used()) return "tls";
    return config.sasl.mechanism.empty() ? "" : "sasl";
}

bool is_secret_setting(std::string_view setting) {
    constexpr std::array<std::string_view, 4> parts{"password", "secret", ".pem", "oauthbearer.config"};
    return std::ranges::any_of(parts, [&](std::string_view part) { return setting.find(part) != setting.npos; });
}

std::optional<SettingsError> check_settings(Role role, const Settings& settings) {
    Configuration configuration(rd_kafka_conf_new());
    set(configuration.get(), common_settings());
    for (const auto& [name, value] : settings) {
        if (auto problem = set(configuration.get(), name, value); !problem.empty())
            return SettingsError{name, std::move(problem)};
    }
    try {
        // Without a broker to connect to.
        set(configuration.get(), "bootstrap.servers", "");
        const bool consumes = role == Role::consumer;
        if (consumes && std::ranges::find(settings, "group.id", &Settings::value_type::first) == settings.end())
            set(configuration.get(), "group.id", "pintle");
        auto* const client = create(consumes ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, std::move(configuration));
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    } catch (const std::runtime_error& error) {
        return SettingsError{"", error.what()};
    }
    return std::nullopt;
}

}  // namespace pintle::kafka
