#include "open_journal.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "pintle/base/hex.hpp"
#include "pintle/base/sha256.hpp"
#include "pintle/config/json.hpp"
#include "pintle/daemon/journal_check.hpp"
#include "pintle/journal/kafka_journal.hpp"
#include "pintle/kafka/client_config.hpp"

namespace pintle::daemon {
namespace {

journal::JournalOptions rocksdb_options(const config::Config& config) {
    journal::JournalOptions options;
    options.directory = config.journal_directory;
    options.max_size = config.max_size;
    options.max_dead_letters = config.max_dead_letters;
    options.dedupe_window = config.ingest.dedupe_window;
    return options;
}

journal::KafkaJournalOptions kafka_options(const config::Config& config, const std::string& host_name) {
    const auto& kafka = config.journal_kafka;
    journal::KafkaJournalOptions options;
    options.settings = kafka::client_settings(kafka.client);
    options.topic_prefix = kafka.topic_prefix;
    options.create_topics = kafka.create_topics;
    options.replication_factor = static_cast<int>(kafka.replication_factor);
    options.max_size = config.max_size;
    options.max_dead_letters = config.max_dead_letters;
    options.dedupe_window = config.ingest.dedupe_window;
    options.node_name = kafka.node_name.empty() ? host_name : kafka.node_name;
    return options;
}

// The first digits of a hash of what decides what becomes of an event. Secrets do not count.
std::string hash_of(const config::Config& config) {
    static constexpr std::array<std::string_view, 2> compared{"sources", "destinations"};
    const auto document = config::config_json(config);
    std::string text;
    for (const auto key : compared) {
        const auto found = document.find(key);
        if (found != document.end()) text += found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    return to_hex(sha256({text})).substr(0, 12);
}

// Two bytes of one hash of all write keys, site ids and API keys. It tells whether two nodes have the same. Nobody can
// guess one of them with it: that takes all the others, Customer.io's random API keys among them, and then one guess of
// 65,536 fits by chance.
std::string secrets_of(const config::Config& config) {
    auto secrets = nlohmann::json::array();
    for (const auto& source : config.sources) {
        auto keys = source.write_keys;
        std::ranges::sort(keys);
        secrets.push_back({source.name, keys});
    }
    for (const auto& destination : config.destinations)
        secrets.push_back({destination.name, destination.site_id, destination.api_key});
    const auto text = secrets.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return to_hex(sha256({text})).substr(0, 4);
}

}  // namespace

std::unique_ptr<journal::Journal> open_journal(const config::Config& config, const std::string& host_name) {
    if (config.journal_backend == config::JournalBackend::kafka)
        return journal::open_kafka_journal(kafka_options(config, host_name));
    return journal::open_journal(rocksdb_options(config));
}

journal::KafkaJournalCheck check_journal(const config::Config& config, std::chrono::milliseconds timeout) {
    auto options = kafka_options(config, {});
    options.open_timeout = timeout;
    std::vector<std::string> streams;
    streams.reserve(config.destinations.size());
    for (const auto& destination : config.destinations) streams.push_back(destination.name);
    return journal::check_kafka_journal(options, streams);
}

journal::Announcement announcement(const config::Config& config, const std::string& host_name,
                                   std::uint16_t admin_port) {
    const auto& host = config.admin_listen.host;
    const bool is_any = host == "0.0.0.0" || host == "::";
    auto address = is_any ? host_name + ":" + std::to_string(admin_port) : config::Listen{host, admin_port}.text();
    return {PINTLE_VERSION, hash_of(config), std::move(address), secrets_of(config)};
}

}  // namespace pintle::daemon
