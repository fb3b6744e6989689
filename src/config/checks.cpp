#include "checks.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "named_file.hpp"
#include "pem.hpp"
#include "pintle/base/certificate_expiry.hpp"
#include "pintle/base/files.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/values.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/kafka/client_config.hpp"

namespace pintle::config {
namespace {

std::string item(const char* list, std::size_t index) {
    return std::string(list) + '[' + std::to_string(index) + "].";
}

std::string not_set(const std::string& variable) {
    return "the environment variable " + variable + " is not set; set it, or write ${" + variable + ":-default}";
}

void check_unset(const Config& config, Purpose purpose, Report& report) {
    std::set<std::string> dispensable;
    for (std::size_t i = 0; i < config.sources.size(); ++i)
        if (config.sources[i].insecure_no_auth || config.sources[i].kafka.is_used())
            dispensable.insert(item("sources", i) + "write_key");
    for (const auto& [path, variable] : report.unset())
        if (!dispensable.contains(path)) report.missing_secret(purpose, path, not_set(variable));
}

template <class Item>
void check_names(const char* list, const std::vector<Item>& items, Report& report) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string path = item(list, i) + "name";
        const auto twin = std::ranges::find(items, items[i].name, &Item::name) - items.begin();
        if (static_cast<std::size_t>(twin) < i && !report.faulty(path))
            report.problem(path, in_quotes(items[i].name) + " is the name of " + list + '[' + std::to_string(twin) +
                                     "] too; names must differ");
    }
}

// True where a key of a list is already reported: the indexes of the keys after it are then shifted.
bool any_faulty(const std::string& path, std::size_t keys, const Report& report) {
    for (std::size_t k = 0; k <= keys; ++k)
        if (report.faulty(path + '[' + std::to_string(k) + ']')) return true;
    return false;
}

// A key that holds what was meant for somebody who reads lists or quotes.
void warn_of_odd_key(const std::string& path, const std::string& key, Report& report) {
    if (key.find(',') != std::string::npos)
        report.warning(path,
                       "has a comma and is one key; several keys are a list in the file, or the lines of the file that "
                       "PINTLE_WRITE_KEY_FILE names");
    const bool is_quoted = key.size() > 1 && (key.front() == '"' || key.front() == '\'') && key.front() == key.back();
    if (is_quoted) report.warning(path, "has quotes around it, which are part of the key");
}

void check_write_keys(const Config& config, std::size_t i, Purpose purpose, Report& report) {
    const auto& keys = config.sources[i].write_keys;
    const std::string path = item("sources", i) + "write_key";
    if (any_faulty(path, keys.size(), report)) return;
    if (keys.empty()) {
        if (!config.sources[i].insecure_no_auth && !config.sources[i].kafka.is_used())
            report.missing_secret(purpose, path,
                                  "is missing; only insecure_no_auth: true accepts events without a key");
        return;
    }
    for (std::size_t k = 0; k < keys.size(); ++k) {
        const std::string one = keys.size() == 1 ? path : path + '[' + std::to_string(k) + ']';
        const auto has_it = [&](const Source& other) {
            return std::ranges::find(other.write_keys, keys[k]) != other.write_keys.end();
        };
        const auto twin = std::ranges::find_if(config.sources, has_it) - config.sources.begin();
        if (static_cast<std::size_t>(twin) < i)
            report.problem(one,
                           "is the same as that of sources[" + std::to_string(twin) + "]; each source needs its own");
        else if (std::find(keys.begin(), keys.end(), keys[k]) - keys.begin() < static_cast<std::ptrdiff_t>(k))
            report.problem(one, "is in the list twice; remove one of the two");
        // RFC 7617: the user name ends at the first colon.
        else if (keys[k].find(':') != std::string::npos)
            report.problem(one, "has a colon, so that SDKs cannot send it as the user name of HTTP Basic");
        else
            warn_of_odd_key(one, keys[k], report);
    }
}

void check_route(const Config& config, const std::string& path, const std::string& wanted, Report& report) {
    if (report.faulty(path) || config.destinations.empty()) return;
    std::string names;
    for (const Destination& to : config.destinations) {
        if (to.name == wanted) return;
        names += (names.empty() ? "" : ", ") + to.name;
    }
    report.problem(
        path, (wanted.empty() ? "is missing" : in_quotes(wanted) + " is not a destination") + "; allowed: " + names);
}

void check_routes(const Config& config, std::size_t i, Report& report) {
    const Source& source = config.sources[i];
    const std::string one = item("sources", i) + "destination";
    const std::string several = one + 's';
    const auto& names = source.destinations;
    if (report.faulty(several) || any_faulty(several, names.size(), report)) return;
    if (names.empty()) return check_route(config, one, source.destination, report);
    if (!source.destination.empty() && !report.faulty(one))
        report.problem(several, "is given beside destination; only one of the two is allowed");
    for (std::size_t k = 0; k < names.size(); ++k) {
        const std::string path = several + '[' + std::to_string(k) + ']';
        if (std::find(names.begin(), names.end(), names[k]) - names.begin() < static_cast<std::ptrdiff_t>(k))
            report.problem(path, in_quotes(names[k]) + " is in the list twice; remove one of the two");
        else
            check_route(config, path, names[k], report);
    }
}

using CheckPem = std::optional<std::string> (*)(const std::string& pem);

// Reads the PEM file that the key `path` names. Its content; nothing where it has a problem or is not set. A machine
// without secrets may lack it.
std::optional<std::string> check_file(const std::string& path, const std::string& file, CheckPem check_pem,
                                      Purpose purpose, Report& report) {
    if (file.empty() || report.faulty(path)) return std::nullopt;
    std::string problem;
    auto pem = read_named_file(file, files::max_pem, problem);
    if (!pem) {
        report.missing_secret(purpose, path, problem);
        return std::nullopt;
    }
    const auto unusable = check_pem(*pem);
    if (!unusable) return pem;
    report.problem(path, in_quotes(file) + ' ' + *unusable);
    return std::nullopt;
}

// Of the map `path`. Only librdkafka can be told a passphrase.
void check_key_pair(const std::string& path, const std::string& certificate, const std::string& key,
                    bool may_be_encrypted, Purpose purpose, Report& report) {
    const std::string certificate_path = path + ".certificate";
    const std::string key_path = path + ".key";
    if (certificate.empty() != key.empty()) {
        if (!report.faulty(certificate_path) && !report.faulty(key_path))
            report.problem(path, "certificate and key must both be set, or neither");
        return;
    }
    const auto chain = check_file(certificate_path, certificate, check_certificate, purpose, report);
    const CheckPem check_key = [](const std::string& pem) {
        return is_encrypted_key(pem) ? std::nullopt : check_private_key(pem);
    };
    const auto private_key =
        check_file(key_path, key, may_be_encrypted ? check_key : check_private_key, purpose, report);
    if (!chain || !private_key || is_encrypted_key(*private_key) || is_key_of(*private_key, *chain)) return;
    report.problem(key_path, in_quotes(key) + " does not belong to the certificate " + in_quotes(certificate));
}

// On a machine without secrets the password may be missing.
void check_sasl(const kafka::ClientConfig& client, const std::string& below, Purpose purpose, Report& report) {
    const auto& [mechanism, username, password] = client.sasl;
    const std::string path = below + "sasl.";
    const bool is_set = !username.empty() || !password.empty();
    if (mechanism.empty() && is_set && !report.faulty(path + "mechanism"))
        report.problem(path + "mechanism", "is missing; allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512");
    if (mechanism.empty()) return;
    if (username.empty() && !report.faulty(path + "username"))
        report.missing_secret(purpose, path + "username", "is missing");
    if (password.empty() && !report.faulty(path + "password"))
        report.missing_secret(purpose, path + "password", "is missing");
    if (!client.tls.is_used())
        report.warning(path + "mechanism", "credentials and events are sent unencrypted; set tls.enabled: true");
}

// A setting of librdkafka that its map may not hold, and the key that decides it; empty: pintle does.
struct DecidedSetting {
    std::string_view setting;
    std::string_view key;
};

// Of settings that are decided elsewhere.
void check_decided(const kafka::ClientConfig& client, const std::string& below,
                   const std::vector<DecidedSetting>& decided, Report& report) {
    const std::string map = below + "librdkafka.";
    for (const auto& [name, value] : client.librdkafka) {
        const auto found = std::ranges::find(decided, name, &DecidedSetting::setting);
        const auto key = found == decided.end() ? kafka::key_that_decides(name, client) : found->key;
        if (found == decided.end() && key.empty()) continue;
        report.problem(map + name,
                       "is decided by " + (key.empty() ? "pintle" : below + std::string(key)) + "; remove it");
    }
}

// `below` is the path of its map, with a dot. `decided`: besides the keys of ClientConfig.
void check_kafka_client(const kafka::ClientConfig& client, const std::string& below, kafka::Role role,
                        const std::vector<DecidedSetting>& decided, Purpose purpose, Report& report) {
    const auto is_faulty = [&](const std::string& key) { return report.faulty(below + key); };
    const auto& tls = client.tls;
    if (client.brokers.empty() && !is_faulty("brokers") && !any_faulty(below + "brokers", 0, report))
        report.problem(below + "brokers", "is missing; at least one host:port is required");
    check_file(below + "tls.ca_file", tls.ca_file, check_authorities, purpose, report);
    check_key_pair(below + "tls", tls.certificate, tls.key, true, purpose, report);
    check_sasl(client, below, purpose, report);
    check_decided(client, below, decided, report);

    const bool lacks_secret =
        !client.sasl.mechanism.empty() && (client.sasl.username.empty() || client.sasl.password.empty());
    const std::vector<std::string> keys{"tls",           "tls.ca_file",    "tls.certificate",
                                        "tls.key",       "sasl.mechanism", "sasl.username",
                                        "sasl.password", "librdkafka"};
    const auto& settings = client.librdkafka;
    if (lacks_secret || std::ranges::any_of(keys, is_faulty) ||
        std::ranges::any_of(settings, [&](const auto& each) { return is_faulty("librdkafka." + each.first); }))
        return;
    if (const auto error = kafka::check_settings(role, kafka::client_settings(client)))
        report.problem(below + "librdkafka" + (error->setting.empty() ? "" : '.' + error->setting), error->message);
}

void check_kafka_topics(const KafkaTopics& kafka, const std::string& below, Purpose purpose, Report& report) {
    if (!kafka.is_used()) return;
    static const std::vector<DecidedSetting> decided{{"group.id", "group"},
                                                     {"enable.auto.commit", ""},
                                                     {"enable.auto.offset.store", ""},
                                                     {"enable.partition.eof", ""}};
    check_kafka_client(kafka.client, below, kafka::Role::consumer, decided, purpose, report);
    const std::string topics = below + "topics";
    if (kafka.topics.empty() && !report.faulty(topics) && !any_faulty(topics, 0, report))
        report.problem(topics, "is missing; at least one topic is required");
}

// The journal's own client, which keeps the promise of a 200 by these settings.
void check_journal(const Config& config, Purpose purpose, Report& report) {
    const std::string below = "journal.kafka.";
    if (config.journal_backend != JournalBackend::kafka) {
        if (config.journal_kafka.is_used() && !report.faulty("journal.backend"))
            report.problem("journal.backend", "must be kafka where journal.kafka is set");
        return;
    }
    static const std::vector<DecidedSetting> decided{
        {"acks", ""},
        {"request.required.acks", ""},
        {"enable.idempotence", ""},
        {"max.in.flight", ""},
        {"max.in.flight.requests.per.connection", ""},
        {"message.timeout.ms", ""},
        {"delivery.timeout.ms", ""},
        {"transactional.id", ""},
        {"group.id", ""},
        {"enable.auto.commit", ""},
        {"enable.auto.offset.store", ""},
        {"enable.partition.eof", ""},
        {"auto.offset.reset", ""},
    };
    check_kafka_client(config.journal_kafka.client, below, kafka::Role::producer, decided, purpose, report);
    for (std::size_t i = 0; i < config.destinations.size(); ++i) {
        if (!config.destinations[i].formerly.empty())
            report.problem(item("destinations", i) + "formerly",
                           "needs journal.backend: rocksdb; topics keep their names");
    }
}

// A destination without events is legal, and easily a mistake.
void check_unused_destinations(const Config& config, Report& report) {
    std::set<std::string> used;
    for (std::size_t i = 0; i < config.sources.size(); ++i) {
        const std::string path = item("sources", i) + "destination";
        if (report.faulty(path) || report.faulty(path + 's')) return;
        for (auto& name : config.sources[i].destination_names()) used.insert(std::move(name));
    }
    if (config.sources.empty()) return;
    for (std::size_t i = 0; i < config.destinations.size(); ++i) {
        const auto& name = config.destinations[i].name;
        if (used.contains(name)) continue;
        report.warning("destinations[" + std::to_string(i) + ']',
                       "no source names " + in_quotes(name) + ", so it gets no events");
    }
}

void check_sources(const Config& config, Purpose purpose, Report& report) {
    if (config.sources.empty() && !report.faulty("sources")) {
        report.missing_secret(purpose, "sources",
                              "there is no source; `pintle serve` requires one (or PINTLE_WRITE_KEY)");
    }
    check_names("sources", config.sources, report);
    for (std::size_t i = 0; i < config.sources.size(); ++i) {
        check_write_keys(config, i, purpose, report);
        check_routes(config, i, report);
        check_kafka_topics(config.sources[i].kafka, item("sources", i) + "kafka.", purpose, report);
    }
    check_unused_destinations(config, report);
    // Requests without a key name no source.
    const auto is_open = [](const Source& source) { return source.insecure_no_auth && source.write_keys.empty(); };
    if (std::ranges::count_if(config.sources, is_open) > 1)
        report.problem("sources", "only one source may be without a write key");
}

void check_credentials(const Destination& to, const std::string& below, Purpose purpose, Report& report) {
    if (to.site_id.empty() && !report.faulty(below + "site_id"))
        report.missing_secret(purpose, below + "site_id", "is missing; see Customer.io's settings, Track API keys");
    if (to.api_key.empty() && !report.faulty(below + "api_key"))
        report.missing_secret(purpose, below + "api_key", "is missing; see Customer.io's settings, Track API keys");
}

void check_consent_entry(const Destination& to, std::size_t i, const std::string& list, Report& report) {
    const ConsentEntry& entry = to.consent[i];
    const std::string path = list + '[' + std::to_string(i) + ']';
    const std::string provider = path + ".provider";
    const std::string categories = path + ".categories";
    if (!report.faulty(provider)) {
        const auto twin = std::ranges::find(to.consent, entry.provider, &ConsentEntry::provider) - to.consent.begin();
        if (!entry.provider)
            report.problem(provider, "is missing; allowed: " + ConsentProviderName{}.allowed());
        else if (static_cast<std::size_t>(twin) < i)
            report.problem(provider, "is that of consent[" + std::to_string(twin) + "] too; providers must differ");
    }
    if (entry.categories.empty() && !report.faulty(categories) && !any_faulty(categories, 0, report))
        report.problem(categories, "is missing; at least one category is required");
}

void check_consent(const Destination& to, const std::string& below, Report& report) {
    const std::string list = below + "consent";
    const std::string older = below + "consent_categories";
    for (std::size_t i = 0; i < to.consent.size(); ++i) check_consent_entry(to, i, list, report);
    if (!to.consent.empty() && !to.consent_categories.empty() && !report.faulty(older))
        report.problem(older, "is the older form of consent; only one of the two is allowed");
}

void check_patterns(const std::vector<customerio::EventPattern>& patterns, const std::string& list, Report& report) {
    using customerio::EventType;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        const auto& [type, name] = patterns[i];
        const std::string path = list + '[' + std::to_string(i) + ']';
        if (report.faulty(path + ".type") || report.faulty(path + ".name")) continue;
        if (!type && name.empty()) report.problem(path, "needs a type, a name, or both");
        const bool has_name = !type || type == EventType::track || type == EventType::page || type == EventType::screen;
        if (!has_name && !name.empty())
            report.problem(path + ".name", "is not possible here: only track, page and screen events have a name");
    }
}

// Options of v2 are easily set where v1 ignores them.
void check_version(const Destination& to, const std::string& below, Report& report) {
    if (to.mapping.api_version == customerio::ApiVersion::v2) return;
    const Destination defaults;
    const auto ignored = [&](bool changed, const char* key) {
        if (changed) report.warning(below + key, "has no effect with api_version: v1");
    };
    ignored(to.linger != defaults.linger, "v2.linger");
    ignored(to.max_items != defaults.max_items, "v2.max_items");
    ignored(to.allow_same_person != defaults.allow_same_person, "v2.allow_same_person");
    ignored(to.mapping.batch_anonymous != defaults.mapping.batch_anonymous, "batch_anonymous");
}

// The filter comes first: an event that it drops deletes nobody.
void check_semantic_events(const Destination& to, const std::string& below, Report& report) {
    const auto filter = to.event_filter();
    const std::string path = below + "semantic_events";
    if (report.faulty(path)) return;
    for (std::size_t i = 0; i < customerio::semantic_event_names.size(); ++i) {
        const std::string name(customerio::semantic_event_names.at(i));
        if (to.mapping.semantic_events[i] && !filter.admits(customerio::EventType::track, name))
            report.warning(path, "lists " + name + ", but events does not admit it: it is dropped as filtered");
    }
}

void check_destination(const Destination& to, const std::string& below, Purpose purpose, Report& report) {
    check_patterns(to.include, below + "events.include", report);
    check_patterns(to.exclude, below + "events.exclude", report);
    if (!reads_all(purpose)) return;
    check_credentials(to, below, purpose, report);
    check_consent(to, below, report);
    check_version(to, below, report);
    check_semantic_events(to, below, report);
    check_file(below + "ca_file", to.ca_file, check_authorities, purpose, report);
    const std::string max_backoff = below + "retry.max_backoff";
    if (to.initial_backoff > to.max_backoff && !report.faulty(max_backoff) &&
        !report.faulty(below + "retry.initial_backoff"))
        report.problem(max_backoff, "is below retry.initial_backoff");
    if (to.base_url && !to.base_url->tls && !http::client::is_loopback(to.base_url->host) &&
        !report.faulty(below + "base_url"))
        report.problem(below + "base_url",
                       "http:// is allowed for this host only (127.0.0.0/8, ::1, localhost), as credentials and events "
                       "would be sent unencrypted; use https://");
}

// An earlier name must be free, and the stream of that name can go to one destination only.
void check_earlier_names(const Config& config, std::size_t i, Report& report) {
    const auto& destinations = config.destinations;
    const auto& names = destinations[i].formerly;
    const std::string list = item("destinations", i) + "formerly";
    if (any_faulty(list, names.size(), report)) return;
    for (std::size_t k = 0; k < names.size(); ++k) {
        const std::string path = names.size() == 1 ? list : list + '[' + std::to_string(k) + ']';
        const auto claims = [&](const Destination& other) { return other.was_named(names[k]); };
        const auto claimant = std::ranges::find_if(destinations, claims) - destinations.begin();
        if (names[k] == destinations[i].name)
            report.problem(path, in_quotes(names[k]) + " is its present name");
        else if (std::ranges::find(destinations, names[k], &Destination::name) != destinations.end())
            report.problem(path, in_quotes(names[k]) + " is still a destination; remove one of the two");
        else if (static_cast<std::size_t>(claimant) < i)
            report.problem(path, in_quotes(names[k]) + " is an earlier name of destinations[" +
                                     std::to_string(claimant) + "] too; only one can take its events over");
    }
}

// A share of the whole that is more than it is a mistake, as only the whole limits the destination then.
void check_sizes(const Config& config, Report& report) {
    const std::string whole = "journal.max_size";
    constexpr std::uint64_t small = 1ULL << 20U;  // an empty journal takes some KiB
    if (config.max_size < small && !report.faulty(whole))
        report.warning(whole, "is less than " + Size::show(small) + ": the journal may accept no event");
    for (std::size_t i = 0; i < config.destinations.size(); ++i) {
        const auto path = item("destinations", i) + "max_journal_size";
        if (config.destinations[i].max_journal_size <= config.max_size || report.faulty(path) || report.faulty(whole))
            continue;
        report.warning(path, "is more than " + whole + " (" + Size::show(config.max_size) + "), which applies first");
    }
}

void check_destinations(const Config& config, Purpose purpose, Report& report) {
    if (config.destinations.empty() && !report.faulty("destinations"))
        report.problem("destinations", "at least one destination is required");
    check_names("destinations", config.destinations, report);
    for (std::size_t i = 0; i < config.destinations.size(); ++i)
        check_destination(config.destinations[i], item("destinations", i), purpose, report);
    if (!reads_all(purpose)) return;
    for (std::size_t i = 0; i < config.destinations.size(); ++i) check_earlier_names(config, i, report);
    check_sizes(config, report);
}

void check_admin_tokens(const Config& config, Purpose purpose, Report& report) {
    const auto& tokens = config.admin_tokens;
    check_names("admin.tokens", tokens, report);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::string path = item("admin.tokens", i) + "token";
        if (const std::string name = item("admin.tokens", i) + "name"; tokens[i].name.empty() && !report.faulty(name))
            report.problem(name, "is missing");
        if (report.faulty(path)) continue;
        if (tokens[i].token.empty()) {
            report.missing_secret(purpose, path, "is missing");
            continue;
        }
        const auto twin = std::ranges::find(tokens, tokens[i].token, &AdminToken::token) - tokens.begin();
        if (static_cast<std::size_t>(twin) < i)
            report.problem(path,
                           "is the same as that of admin.tokens[" + std::to_string(twin) + "]; each needs its own");
        else if (tokens[i].token == config.admin_token)
            report.problem(path, "is the same as admin.token; each needs its own");
    }
}

void check_admin(const Config& config, Purpose purpose, Report& report) {
    const Listen& admin = config.admin_listen;
    if (!admin.loopback() && config.admin_token.empty() && config.admin_tokens.empty() && !report.faulty("admin.token"))
        report.missing_secret(
            purpose, "admin.listen",
            admin.text() + " can be reached from other hosts, which requires admin.token or admin.tokens");
    check_admin_tokens(config, purpose, report);
    if (config.listen.port != 0 && config.listen.text() == admin.text())
        report.problem("admin.listen", admin.text() + " is also the address of listen");
}

// A certificate that cannot be read is a problem of its own.
void check_expiry(const std::string& path, const std::string& file, WallTime now, Report& report) {
    if (file.empty() || report.faulty(path)) return;
    std::string unreadable;
    const auto pem = read_named_file(file, files::max_pem, unreadable);
    const auto end = pem ? first_expiry(*pem) : std::nullopt;
    if (!end || *end > now + certificate_warning) return;
    report.warning(path, in_quotes(file) + (*end <= now ? " expired at " : " expires at ") + to_iso8601(*end) +
                             "; senders cannot connect with an expired certificate");
}

void check_ingest(const Ingest& in, Purpose purpose, Report& report) {
    if (in.max_event > in.max_body && !report.faulty("ingest.max_event") && !report.faulty("ingest.max_body"))
        report.problem("ingest.max_event", "is above ingest.max_body");
    if (in.memory / 4 < in.max_body && !report.faulty("ingest.memory") && !report.faulty("ingest.max_body"))
        report.problem("ingest.memory", "is less than four times ingest.max_body");
    check_key_pair("ingest.tls", in.certificate, in.key, false, purpose, report);
    check_expiry("ingest.tls.certificate", in.certificate, wall_now(), report);
}

void check_otlp(const Otlp& otlp, Purpose purpose, Report& report) {
    const std::string below = "telemetry.otlp.";
    check_file(below + "ca_file", otlp.ca_file, check_authorities, purpose, report);
    if (!otlp.endpoint) return;
    if (!otlp.headers.empty() && !otlp.endpoint->tls && !http::client::is_loopback(otlp.endpoint->host))
        report.warning(below + "endpoint", "headers are sent unencrypted over http://; credentials need https://");
}

}  // namespace

void check(const Config& config, Purpose purpose, Report& report) {
    check_unset(config, purpose, report);
    check_destinations(config, purpose, report);
    if (!reads_all(purpose)) return;
    check_journal(config, purpose, report);
    check_sources(config, purpose, report);
    check_admin(config, purpose, report);
    check_ingest(config.ingest, purpose, report);
    check_otlp(config.otlp, purpose, report);
}

}  // namespace pintle::config
