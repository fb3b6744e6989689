#include "open_journal.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "pintle/base/sha256.hpp"
#include "pintle/config/json.hpp"
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

// The first digits of a hash of what decides what becomes of an event.
std::string hash_of(const config::Config& config) {
    static constexpr std::array<std::string_view, 2> compared{"sources", "destinations"};
    static constexpr std::string_view digits = "0123456789abcdef";
    const auto document = config::config_json(config);
    std::string text;
    for (const auto key : compared) {
        const auto found = document.find(key);
        if (found != document.end()) text += found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    const auto hash = sha256({text});
    std::string shown;
    for (std::size_t i = 0; i < 6; ++i) {
        shown += digits[hash[i] >> 4U];
        shown += digits[hash[i] & 15U];
    }
    return shown;
}

}  // namespace

std::unique_ptr<journal::Journal> open_journal(const config::Config& config, const std::string& host_name) {
    if (config.journal_backend == config::JournalBackend::kafka)
        return journal::open_kafka_journal(kafka_options(config, host_name));
    return journal::open_journal(rocksdb_options(config));
}

journal::Announcement announcement(const config::Config& config, std::string admin_address) {
    return {PINTLE_VERSION, hash_of(config), std::move(admin_address)};
}

}  // namespace pintle::daemon
