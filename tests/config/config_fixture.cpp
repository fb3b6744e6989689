#include "config_fixture.hpp"

#include <unistd.h>

#include <numeric>

#include "pintle/config/values.hpp"

namespace pintle::config {
namespace {

std::string text(const std::string& value) {
    return value;
}
std::string text(bool value) {
    return value ? "true" : "false";
}
std::string text(std::uint64_t value) {
    return std::to_string(value);
}
std::string text(double value) {
    return std::to_string(value);
}
std::string text(Milliseconds value) {
    return std::to_string(value.count()) + "ms";
}
std::string text(const Listen& value) {
    return value.text();
}
std::string text(const std::vector<std::string>& values) {
    return std::accumulate(values.begin(), values.end(), std::string(),
                           [](const std::string& all, const std::string& one) { return all + '[' + one + ']'; });
}
std::string text(const std::vector<ConsentEntry>& entries) {
    std::string all;
    for (const ConsentEntry& entry : entries) {
        all += '(' + (entry.provider ? std::to_string(static_cast<int>(*entry.provider)) : "") +
               text(entry.categories) + std::to_string(static_cast<int>(entry.strategy())) + ')';
    }
    return all;
}
std::string text(const std::vector<customerio::EventPattern>& patterns) {
    std::string all;
    for (const auto& [type, name] : patterns)
        all += '(' + (type ? std::to_string(static_cast<int>(*type)) : "") + ' ' + name + ')';
    return all;
}
std::string text(const std::vector<AdminToken>& tokens) {
    std::string all;
    for (const auto& [name, token, role] : tokens)
        all += '(' + name + ' ' + token + ' ' + std::to_string(static_cast<int>(role)) + ')';
    return all;
}
std::string text(const kafka::Settings& settings) {
    std::string all;
    for (const auto& [name, value] : settings) all += '(' + name + ' ' + value + ')';
    return all;
}
template <class Enum>
    requires std::is_enum_v<Enum>
std::string text(Enum value) {
    return std::to_string(static_cast<int>(value));
}

Facts facts_of(const Source& source) {
    return {
        {"name", text(source.name)},
        {"write_key", source.write_keys.size() == 1 ? source.write_keys.front() : text(source.write_keys)},
        {"destination", text(source.destination)},
        {"destinations", text(source.destinations)},
        {"insecure_no_auth", text(source.insecure_no_auth)},
        {"rate", text(source.rate)},
        {"types", text(source.types)},
        {"kafka.brokers", text(source.kafka.client.brokers)},
        {"kafka.topics", text(source.kafka.topics)},
        {"kafka.group", text(source.kafka.group)},
        {"kafka.tls.enabled", text(source.kafka.client.tls.enabled)},
        {"kafka.tls.ca_file", text(source.kafka.client.tls.ca_file)},
        {"kafka.tls.certificate", text(source.kafka.client.tls.certificate)},
        {"kafka.tls.key", text(source.kafka.client.tls.key)},
        {"kafka.sasl.mechanism", text(source.kafka.client.sasl.mechanism)},
        {"kafka.sasl.username", text(source.kafka.client.sasl.username)},
        {"kafka.sasl.password", text(source.kafka.client.sasl.password)},
        {"kafka.librdkafka", text(source.kafka.client.librdkafka)},
    };
}

Facts facts_of(const Destination& to) {
    return {
        {"name", text(to.name)},
        {"formerly", text(to.formerly)},
        {"site_id", text(to.site_id)},
        {"api_key", text(to.api_key)},
        {"region", text(to.region)},
        {"base_url", to.base_url ? to.base_url->authority() : ""},
        {"ca_file", text(to.ca_file)},
        {"api_version", text(to.mapping.api_version)},
        {"device_token_event_name", text(to.mapping.device_token_event_name)},
        {"created_at", text(to.mapping.created_at)},
        {"identify_anonymous", text(to.mapping.identify_anonymous)},
        {"batch_anonymous", text(to.mapping.batch_anonymous)},
        {"event_dedupe_id", text(to.mapping.event_dedupe_id)},
        {"user_id_type", text(to.mapping.user_id_type)},
        {"semantic_events", to.mapping.semantic_events.to_string()},
        {"convert_dates", text(to.mapping.convert_dates)},
        {"relationships", text(to.mapping.relationships)},
        {"screen_events", text(to.mapping.screen_events)},
        {"device_attributes", text(to.mapping.device_attributes)},
        {"events.include", text(to.include)},
        {"events.exclude", text(to.exclude)},
        {"consent", text(to.consent)},
        {"consent_categories", text(to.consent_categories)},
        {"rate", text(to.rate)},
        {"max_journal_size", text(to.max_journal_size)},
        {"v2.linger", text(to.linger)},
        {"v2.max_items", text(to.max_items)},
        {"v2.allow_same_person", text(to.allow_same_person)},
        {"retry.initial_backoff", text(to.initial_backoff)},
        {"retry.max_backoff", text(to.max_backoff)},
        {"retry.max_age", text(to.max_age)},
        {"retry.probe_interval", text(to.probe_interval)},
        {"pool.connections", text(to.connections)},
        {"pool.connect_timeout", text(to.connect_timeout)},
        {"pool.request_timeout", text(to.request_timeout)},
        {"pool.idle_timeout", text(to.idle_timeout)},
    };
}

template <class Item>
void add(Facts& facts, const std::string& list, const std::vector<Item>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string below = list + '[' + std::to_string(i) + "].";
        for (const auto& [path, value] : facts_of(items[i])) facts.emplace(below + path, value);
    }
}

}  // namespace

Facts facts_of(const Config& config) {
    const Ingest& in = config.ingest;
    const auto& kafka = config.journal_kafka;
    Facts facts{
        {"listen", text(config.listen)},
        {"ingest.max_body", text(in.max_body)},
        {"ingest.max_event", text(in.max_event)},
        {"ingest.max_events_per_request", text(in.max_events_per_request)},
        {"ingest.max_expanded", text(in.max_expanded)},
        {"ingest.memory", text(in.memory)},
        {"ingest.max_pending_per_person", text(in.max_pending_per_person)},
        {"ingest.max_connections", text(in.max_connections)},
        {"ingest.max_connections_per_address", text(in.max_connections_per_address)},
        {"ingest.header_timeout", text(in.header_timeout)},
        {"ingest.body_timeout", text(in.body_timeout)},
        {"ingest.idle_timeout", text(in.idle_timeout)},
        {"ingest.drain_timeout", text(in.drain_timeout)},
        {"ingest.cors_origins", text(in.cors_origins)},
        {"ingest.tls.certificate", text(in.certificate)},
        {"ingest.tls.key", text(in.key)},
        {"ingest.dedupe_window", text(in.dedupe_window)},
        {"ingest.threads", text(in.threads)},
        {"admin.listen", text(config.admin_listen)},
        {"admin.token", text(config.admin_token)},
        {"admin.tokens", text(config.admin_tokens)},
        {"admin.redact", text(config.redact)},
        {"journal.backend", text(config.journal_backend)},
        {"journal.directory", text(config.journal_directory)},
        {"journal.max_size", text(config.max_size)},
        {"journal.max_dead_letters", text(config.max_dead_letters)},
        {"journal.kafka.brokers", text(kafka.client.brokers)},
        {"journal.kafka.topic_prefix", kafka.topic_prefix},
        {"journal.kafka.create_topics", text(kafka.create_topics)},
        {"journal.kafka.replication_factor", text(kafka.replication_factor)},
        {"journal.kafka.node_name", kafka.node_name},
        {"journal.kafka.tls.enabled", text(kafka.client.tls.enabled)},
        {"journal.kafka.tls.ca_file", kafka.client.tls.ca_file},
        {"journal.kafka.tls.certificate", kafka.client.tls.certificate},
        {"journal.kafka.tls.key", kafka.client.tls.key},
        {"journal.kafka.sasl.mechanism", kafka.client.sasl.mechanism},
        {"journal.kafka.sasl.username", kafka.client.sasl.username},
        {"journal.kafka.sasl.password", kafka.client.sasl.password},
        {"journal.kafka.librdkafka", text(kafka.client.librdkafka)},
        {"log.level", text(config.log_level)},
        {"log.events", std::to_string(static_cast<int>(config.logged_events))},
        {"log.format", text(config.log_json)},
        {"telemetry.otlp.endpoint", CollectorUrl::show(config.otlp.endpoint)},
        {"telemetry.otlp.headers", text(config.otlp.headers)},
        {"telemetry.otlp.ca_file", text(config.otlp.ca_file)},
        {"telemetry.otlp.interval", text(config.otlp.interval)},
        {"telemetry.otlp.sampling", text(config.otlp.sampling)},
    };
    add(facts, "sources", config.sources);
    add(facts, "destinations", config.destinations);
    return facts;
}

Facts changed(const Facts& now, const Facts& before) {
    Facts difference;
    for (const auto& [path, value] : now) {
        const auto old = before.find(path);
        if (old == before.end() || old->second != value) difference[path] = value;
    }
    return difference;
}

ConfigTest::ConfigTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pintle-config-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
}

ConfigTest::~ConfigTest() {
    std::filesystem::remove_all(folder_);
}

std::string ConfigTest::write(const std::string& name, const std::string& content) {
    const auto path = (folder_ / name).string();
    std::ofstream(path) << content;
    return path;
}

Loaded ConfigTest::load(const std::string& yaml, const Variables& variables, Purpose purpose) {
    Loaded loaded = load_config(write("pintle.yaml", yaml), environment_of(variables), purpose);
    const std::size_t folder = folder_.string().size() + 1;
    for (auto* problems : {&loaded.problems, &loaded.warnings, &loaded.unread_tokens})
        for (Problem& problem : *problems)
            if (problem.where.starts_with(folder_.string())) problem.where.erase(0, folder);
    return loaded;
}

}  // namespace pintle::config
