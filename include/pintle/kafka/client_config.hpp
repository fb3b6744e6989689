#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How a client of Kafka is configured, without librdkafka's header.
namespace pintle::kafka {

// Settings of librdkafka by their names there.
using Settings = std::vector<std::pair<std::string, std::string>>;

struct Tls {
    bool enabled = false;     // implied by each of the files
    std::string ca_file;      // empty: the system's certificates
    std::string certificate;  // of the client
    std::string key;

    bool operator==(const Tls&) const = default;
    bool is_used() const { return enabled || !ca_file.empty() || !certificate.empty() || !key.empty(); }
};

struct Sasl {
    std::string mechanism;  // empty: none
    std::string username;
    std::string password;

    bool operator==(const Sasl&) const = default;
};

// The brokers, and how a client connects to them.
struct ClientConfig {
    std::vector<std::string> brokers;  // host:port
    Tls tls;
    Sasl sasl;
    Settings librdkafka;  // what has no key of its own

    bool operator==(const ClientConfig&) const = default;
};

// What librdkafka is given for it; `librdkafka` comes last.
Settings client_settings(const ClientConfig& config);

// The brokers' addresses in a client's settings, separated by commas.
std::string bootstrap_of(const Settings& settings);

// The key of ClientConfig that decides this setting of librdkafka, such as `tls.ca_file`; empty if there is none.
std::string_view key_that_decides(std::string_view setting, const ClientConfig& config);

// Whether the setting's value is a password or a private key.
bool is_secret_setting(std::string_view setting);

struct SettingsError {
    std::string setting;  // which one is wrong; empty: they contradict each other
    std::string message;  // librdkafka's, for people
};

enum class Role : unsigned char { consumer, producer };

// What is wrong with the settings of a client. Reads the files that they name; connects to no broker.
std::optional<SettingsError> check_settings(Role role, const Settings& settings);

}  // namespace pintle::kafka
