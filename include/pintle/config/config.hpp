#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pintle/customerio/consent_policy.hpp"
#include "pintle/customerio/event_filter.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/events/logged_events.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/http/client/http_client.hpp"
#include "pintle/kafka/client_config.hpp"

namespace pintle::config {

using Milliseconds = std::chrono::milliseconds;

enum class Region : std::uint8_t { us, eu, autodetect };

struct Listen {
    std::string host;  // an IP address, without brackets
    std::uint16_t port = 0;
    bool operator==(const Listen&) const = default;
    bool loopback() const;
    std::string text() const;  // host:port, with brackets where needed
};

// Topics that a source reads, beside what it gets over HTTP.
struct KafkaTopics {
    kafka::ClientConfig client;
    std::vector<std::string> topics;  // names, or regular expressions that begin with ^
    std::string group = "pintle";

    bool operator==(const KafkaTopics&) const = default;
    bool is_used() const { return *this != KafkaTopics{}; }
};

struct Source {
    std::string name;
    std::vector<std::string> write_keys;    // several during a rotation; empty: with insecure_no_auth, or only Kafka
    std::string destination;                // the name of its only destination; empty: it has several
    std::vector<std::string> destinations;  // the names of several; empty: it has one
    bool insecure_no_auth = false;
    std::size_t rate = 0;            // events per second; 0: no limit
    std::vector<std::string> types;  // event types that it may send; empty: all
    KafkaTopics kafka;

    // Of all its destinations.
    std::vector<std::string> destination_names() const;
};

struct ConsentEntry {
    std::optional<customerio::ConsentProvider> provider;             // set in a valid configuration
    std::vector<std::string> categories;                             // not empty there
    std::optional<customerio::ConsentStrategy> configured_strategy;  // unset: the provider's default

    bool operator==(const ConsentEntry&) const = default;
    customerio::ConsentStrategy strategy() const;
};

struct Destination {
    std::string name;
    std::vector<std::string> formerly;  // earlier names, whose stream in the journal it takes over
    std::string site_id;
    std::string api_key;
    Region region = Region::us;
    std::optional<http::client::Endpoint> base_url;
    std::string ca_file;
    customerio::Options mapping;
    std::vector<customerio::EventPattern> include;  // events that it gets; empty: all
    std::vector<customerio::EventPattern> exclude;  // events that it does not get
    std::vector<ConsentEntry> consent;
    std::vector<std::string> consent_categories;  // instead of `consent`: oneTrust's, with the strategy `and`
    Milliseconds linger{5};                       // of v2 batches
    std::size_t max_items = 500;
    bool allow_same_person = false;
    double rate = 1000;
    std::uint64_t max_journal_size = 0;  // 0: an equal share
    Milliseconds initial_backoff{1'000};
    Milliseconds max_backoff{300'000};
    Milliseconds max_age{86'400'000};
    Milliseconds probe_interval{30'000};
    std::size_t connections = 64;
    Milliseconds connect_timeout{10'000};
    Milliseconds request_timeout{30'000};
    Milliseconds idle_timeout{60'000};

    bool was_named(std::string_view earlier) const;  // `formerly` has that name

    // The base_url, or the region's endpoint; for `auto` the US one, which knows the account's region.
    http::client::Endpoint endpoint() const;

    customerio::ConsentPolicy consent_policy() const;
    customerio::EventFilter event_filter() const { return {include, exclude}; }
};

struct Ingest {
    std::size_t max_body = 4000UL * 1024;
    std::size_t max_event = 32'000;
    std::size_t max_events_per_request = 10'000;
    std::uint64_t max_expanded = 32UL << 20U;        // of all events of a request after enrichment
    std::uint64_t memory = 256UL << 20U;             // for requests that are being read, processed and committed
    std::size_t max_pending_per_person = 1'000'000;  // 0: no limit
    std::size_t max_connections = 10'000;
    std::size_t max_connections_per_address = 0;  // 0: no limit
    Milliseconds header_timeout{10'000};
    Milliseconds body_timeout{30'000};
    Milliseconds idle_timeout{75'000};
    Milliseconds drain_timeout{25'000};
    std::vector<std::string> cors_origins{"*"};
    std::string certificate;
    std::string key;
    Milliseconds dedupe_window{3'600'000};
    std::size_t threads = 0;  // 0: one per core
};

struct Otlp {
    std::optional<http::client::Endpoint> endpoint;  // unset: nothing is exported
    std::vector<std::string> headers;                // "Name: value"
    std::string ca_file;
    Milliseconds interval{60'000};  // of the metrics
    double sampling = 0.01;         // the share of events that are traced; those of a sampled parent always are
};

// What a token of the admin listener allows: to read, or also to change what the daemon does and to see dead letters
// that `admin.redact` hides.
enum class AdminRole : std::uint8_t { read, operate };

struct AdminToken {
    std::string name;  // for the log; empty: that of `admin.token`
    std::string token;
    AdminRole role = AdminRole::read;

    bool operator==(const AdminToken&) const = default;
};

// Where events are stored until they are delivered.
enum class JournalBackend : std::uint8_t { rocksdb, kafka };

// The journal that several nodes share, with JournalBackend::kafka.
struct KafkaJournal {
    kafka::ClientConfig client;
    std::string topic_prefix = "pintle";
    bool create_topics = true;
    std::size_t replication_factor = 3;  // of the topics that are created
    std::string node_name;               // for people; empty: the host's name

    bool operator==(const KafkaJournal&) const = default;
    bool is_used() const { return *this != KafkaJournal{}; }
};

struct Config {
    Listen listen{"0.0.0.0", 8080};
    Ingest ingest;
    Listen admin_listen{"127.0.0.1", 9090};
    std::string admin_token;
    std::vector<AdminToken> admin_tokens;  // further ones
    bool redact = false;                   // hides the values of events on the page and in the API
    JournalBackend journal_backend = JournalBackend::rocksdb;
    std::string journal_directory = "./data";  // of RocksDB
    KafkaJournal journal_kafka;
    std::uint64_t max_size = 20ULL << 30U;
    std::uint64_t max_dead_letters = 1ULL << 30U;
    std::vector<Source> sources;
    std::vector<Destination> destinations;
    std::string log_level = "info";
    bool log_json = false;
    events::LoggedEvents logged_events = events::LoggedEvents::off;
    Otlp otlp;
};

// A problem or a warning: `config/pintle.yaml:14: destinations[0].region: "de" is not one of us, eu,
// auto`. Never holds a secret's value.
struct Problem {
    std::string where;  // file:line, or the environment variable
    std::string what;
    std::string text() const { return where + ": " + what; }
};

struct Loaded {
    Config config;
    std::vector<Problem> problems;  // not empty: the configuration is not usable
    std::vector<Problem> warnings;
    std::vector<Problem> unread_tokens;  // with Purpose::locate: why the admin API's tokens are not known
};

// Environment variables.
class Environment {
public:
    using Get = std::function<std::optional<std::string>(const std::string& name)>;

    // `names`: all that are set.
    explicit Environment(Get get, std::vector<std::string> names = {})
        : get_(std::move(get)), names_(std::move(names)) {}

    std::optional<std::string> operator()(const std::string& name) const { return get_(name); }
    const std::vector<std::string>& names() const noexcept { return names_; }

private:
    Get get_;
    std::vector<std::string> names_;
};

// What the configuration is read for: to serve events or check whether that is possible; the same where no secrets are,
// so that missing ones are only warnings; for the mapping alone; or to find the daemon.
enum class Purpose : std::uint8_t { serve, check, check_without_secrets, transform, locate };

// Whether the whole configuration is read, as `serve` does.
constexpr bool reads_all(Purpose purpose) {
    return purpose != Purpose::transform && purpose != Purpose::locate;
}

// Reads `file`, which may be a pipe, or only the environment where it is empty. The environment overrides the file.
// All problems are reported, not just the first.
Loaded load_config(const std::string& file, const Environment& environment, Purpose purpose);

// The same for `serve` while the daemon runs. `file` must be a regular file, as a pipe could block.
Loaded reload_config(const std::string& file, const Environment& environment);

// The process's own environment.
Environment process_environment();

}  // namespace pintle::config
