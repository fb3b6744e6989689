#include "fields.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <type_traits>

#include <nlohmann/json.hpp>

namespace pintle::config {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1ULL << 10U;
constexpr std::uint64_t mib = 1ULL << 20U;
constexpr std::uint64_t gib = 1ULL << 30U;
constexpr std::uint64_t any_size = 1ULL << 50U;
constexpr std::uint64_t smallest_journal = 1ULL << 20U;  // an empty one takes some KiB
constexpr Milliseconds day = 24h;

template <class T>
FieldRef reference(T& target) {
    return {&target,
            [](const void* a, const void* b) { return *static_cast<const T*>(a) == *static_cast<const T*>(b); },
            [](void* to, const void* from) { *static_cast<T*>(to) = *static_cast<const T*>(from); }};
}

Field described(std::string_view path, Field::Shape shape, std::string_view help) {
    Field field;
    field.path = path;
    field.shape = shape;
    field.help = help;
    return field;
}

template <class Kind>
constexpr bool is_free_text = std::is_same_v<Kind, Text> || std::is_same_v<Kind, Word> || std::is_same_v<Kind, Name>;

template <class Kind, class T>
Field value(std::string_view path, const Kind& kind, T& target, std::string_view help) {
    Field field = described(path, Field::Shape::value, help);
    field.set = [kind, &target](const std::string& text) { return kind(text, target); };
    field.show = [kind, &target] { return std::vector{kind.show(target)}; };
    field.target = reference(target);
    field.allowed = kind.allowed();
    field.schema = [kind] { return kind.schema(); };
    field.bare = Kind::bare;
    field.free_text = is_free_text<Kind>;
    return field;
}

template <class Kind>
Field list(std::string_view path, const Kind& kind, std::vector<std::string>& target, std::string_view help,
           Field::Shape shape = Field::Shape::list) {
    Field field = described(path, shape, help);
    field.set = [kind, &target](const std::string& text) {
        std::string item;
        ValidationError error = kind(text, item);
        if (!error) target.push_back(std::move(item));
        return error;
    };
    field.show = [&target] { return target; };
    field.clear = [&target] { target.clear(); };
    field.target = reference(target);
    field.allowed = shape == Field::Shape::list ? "a list: " + kind.allowed() : kind.allowed() + ", or a list";
    field.schema = [kind] { return kind.schema(); };
    field.free_text = is_free_text<Kind>;
    return field;
}

Field semantic_events(std::string_view path, customerio::SemanticEvents& target, std::string_view help) {
    Field field = described(path, Field::Shape::value_or_list, help);
    field.set = [&target](const std::string& text) { return SemanticEventNames{}(text, target); };
    field.show = [&target] { return SemanticEventNames::show(target); };
    field.clear = [&target] { target.reset(); };
    field.target = reference(target);
    field.allowed = SemanticEventNames::allowed();
    field.schema = &SemanticEventNames::schema;
    return field;
}

Field settings(std::string_view path, kafka::Settings& target, std::string_view help) {
    Field field = described(path, Field::Shape::settings, help);
    field.set = [&target](const std::string& text) { return SettingOfLibrdkafka{}(text, target); };
    field.show = [&target] { return SettingOfLibrdkafka::show(target); };
    field.clear = [&target] { target.clear(); };
    field.target = reference(target);
    field.allowed = SettingOfLibrdkafka::allowed();
    field.schema = &SettingOfLibrdkafka::schema;
    return field;
}

// `blank` is what each item begins as.
template <class T>
Field maps(std::string_view path, std::vector<T>& target, const T& blank, std::string_view help) {
    Field field = described(path, Field::Shape::maps, help);
    field.item = [&target, blank] {
        target.push_back(blank);
        return fields_of(target.back());
    };
    field.items = [&target] {
        std::vector<Fields> all;
        all.reserve(target.size());
        for (T& item : target) all.push_back(fields_of(item));
        return all;
    };
    return field;
}

template <class T>
T named(const char* name) {
    T item;
    item.name = name;
    return item;
}

// Maps of a map, which are compared as a whole.
template <class T>
Field inner_maps(std::string_view path, std::vector<T>& target, std::string_view help) {
    Field field = maps(path, target, {}, help);
    field.target = reference(target);
    field.allowed = "a list of maps, see below";
    return field;
}

Field at_start(Field field) {
    field.at_start = true;
    return field;
}

Field presence_at_start(Field field) {
    field.presence_at_start = true;
    return field;
}

Field required(Field field) {
    field.required = true;
    return field;
}

Field secret(Field field) {
    field.secret = true;
    return field;
}

Field mapping_too(Field field) {
    field.use = Use::mapping;
    return field;
}

Field locating(Field field) {
    field.use = Use::locating;
    return field;
}

Field from(std::string variable, Field field) {
    field.variable = std::move(variable);
    return field;
}

// Gives each key without a variable of its own the one that its path names: PINTLE_INGEST_MAX_BODY. Maps have none.
Fields with_variables(std::string_view prefix, Fields fields) {
    for (Field& field : fields) {
        if (field.shape == Field::Shape::maps) continue;
        field.named_variable = prefix;
        for (const char c : field.path) field.named_variable += c == '.' ? '_' : static_cast<char>(std::toupper(c));
        if (field.variable.empty()) field.variable = field.named_variable;
    }
    return fields;
}

struct Map {
    std::string_view path;
    std::string_view help;
};

constexpr std::array maps_help{
    Map{"ingest", "Receiving events: limits, timeouts, TLS."},
    Map{"ingest.tls", "with both files, events are received over HTTPS; to begin or end this needs a restart"},
    Map{"admin", "Health, metrics, the API and the operator's page. Do not expose it to the public."},
    Map{"admin.tokens",
        "Tokens of people and programs, instead of `admin.token` or beside it: `[{name: ada, token: {file: "
        "/run/secrets/ada}, role: operate}]`."},
    Map{"sources.kafka",
        "Kafka topics that the source reads, as RudderStack's Kafka destination writes them; docs/kafka.md. Such a "
        "source needs no write key."},
    Map{"sources.kafka.tls", "any of these makes the connections encrypted"},
    Map{"sources.kafka.sasl", "credentials, in place of a client certificate"},
    Map{"journal", "Stores events until they are delivered."},
    Map{"journal.kafka", "with `backend: kafka`: the brokers, and the topics that hold the events"},
    Map{"journal.kafka.tls", "any of these makes the connections encrypted"},
    Map{"journal.kafka.sasl", "credentials, in place of a client certificate"},
    Map{"destinations.events", "which events it gets, by type and name; the others are answered 200 and dropped"},
    Map{"destinations.events.include",
        "Events that it gets, such as `[{type: identify}, {type: track, name: \"Order *\"}]`. An event must match "
        "one of these; it matches an entry in all that the entry has."},
    Map{"destinations.events.exclude", "Events that it does not get: an event must match none of these."},
    Map{"destinations.consent",
        "Consent management: which categories the destination needs, by the provider of the event's "
        "consentManagement. An event without a provider is checked against the entries of oneTrust and ketch; one of "
        "a provider without an entry is delivered."},
    Map{"destinations.v2", "batching; only with `api_version: v2`"},
    Map{"destinations.retry", "retries of requests that Customer.io neither accepted nor rejected"},
    Map{"destinations.pool", "connections to Customer.io"},
    Map{"log", "Written to stderr."},
    Map{"telemetry", "Export to an OpenTelemetry collector, beside /metrics."},
    Map{"telemetry.otlp", "by OTLP/HTTP, in JSON"},
};

}  // namespace

std::string_view help_of_map(std::string_view path) {
    const auto* const found = std::ranges::find(maps_help, path, &Map::path);
    return found == maps_help.end() ? "" : found->help;
}

bool is_list_in_variable(const Field& field) {
    switch (field.shape) {
        case Field::Shape::value:
        case Field::Shape::maps: return false;
        case Field::Shape::list:
        case Field::Shape::settings: return true;
        case Field::Shape::value_or_list: return !field.secret;
    }
    return false;
}

Fields fields_of(KafkaJournal& journal);

Fields fields_of(Config& config) {
    Ingest& in = config.ingest;
    const Choice<std::string> levels{
        {{"trace", "trace"}, {"debug", "debug"}, {"info", "info"}, {"warn", "warn"}, {"error", "error"}}};
    const Choice<bool> formats{{{"text", false}, {"json", true}}};
    const Choice<events::LoggedEvents> logged_events{{{"off", events::LoggedEvents::off},
                                                      {"failures", events::LoggedEvents::failures},
                                                      {"all", events::LoggedEvents::all}}};
    const Choice<JournalBackend> backends{{{"rocksdb", JournalBackend::rocksdb}, {"kafka", JournalBackend::kafka}}};
    Fields fields{
        at_start(
            from("PINTLE_LISTEN",
                 value("listen", ListenAddress{}, config.listen,
                       "The address that receives events: an IP address and a port. `\"[::]:8080\"` (with quotes) is "
                       "IPv6 and IPv4; port 0 is any free port, which the log names."))),

        at_start(value("ingest.max_body", Size{kib, gib}, in.max_body, "maximum size of a request body, decompressed")),
        value("ingest.max_event", Size{kib, gib}, in.max_event, "maximum size of an event"),
        value("ingest.max_events_per_request", Count{1, 1'000'000}, in.max_events_per_request,
              "in a batch or an array; a request with more is answered 413"),
        value("ingest.max_expanded", Size{kib, gib}, in.max_expanded,
              "maximum size of all events of a request, each with the batch's context; a larger request is "
              "answered 413"),
        at_start(
            value("ingest.memory", Size{16 * mib, 64 * gib}, in.memory,
                  "memory for requests that are being read, processed and committed; beyond it they are answered 503")),
        value("ingest.max_pending_per_person", Count{0, 1'000'000'000}, in.max_pending_per_person,
              "pending events of one person; further ones are answered 429; 0: no limit"),
        at_start(value("ingest.max_connections", Count{1, 1'000'000}, in.max_connections,
                       "at the limit a new connection replaces the one that has been idle longest")),
        at_start(value("ingest.max_connections_per_address", Count{0, 1'000'000}, in.max_connections_per_address,
                       "0: no limit, as a load balancer is one address")),
        at_start(value("ingest.header_timeout", Duration{1ms, day}, in.header_timeout,
                       "time for a request's header to arrive")),
        at_start(value("ingest.body_timeout", Duration{1ms, day}, in.body_timeout,
                       "time for its body to arrive after the header")),
        at_start(value("ingest.idle_timeout", Duration{1ms, day}, in.idle_timeout,
                       "closes idle connections; must be longer than the load balancer's idle timeout")),
        at_start(value("ingest.drain_timeout", Duration{0ms, day}, in.drain_timeout,
                       "time for requests in flight when the daemon stops; Kubernetes kills after 30s")),
        list("ingest.cors_origins", Origin{}, in.cors_origins,
             "web sites that may send from a browser, such as https://example.com"),
        presence_at_start(value("ingest.tls.certificate", Text{}, in.certificate,
                                "PEM file: the certificate and its chain; a reload reads it again")),
        presence_at_start(
            value("ingest.tls.key", Text{}, in.key, "PEM file: its private key; a reload reads it again")),
        at_start(value("ingest.dedupe_window", Duration{0ms, 7 * day}, in.dedupe_window,
                       "drops events whose messageId came within this time; 0 turns this off")),
        at_start(value("ingest.threads", Count{0, 1024}, in.threads, "0: one per core")),

        at_start(
            locating(from("PINTLE_ADMIN_LISTEN", value("admin.listen", ListenAddress{}, config.admin_listen,
                                                       "like `listen`; an address beyond loopback requires a token")))),
        secret(value("admin.token", Text{}, config.admin_token,
                     "required as `Authorization: Bearer` on /api and /metrics; mandatory beyond loopback")),
        inner_maps("admin.tokens", config.admin_tokens,
                   "further tokens, each with the name of who has it and with a role"),
        value("admin.redact", Flag{}, config.redact,
              "true: hides the values of events on the page and in the API, and people and messages in log.events"),

        at_start(locating(value("journal.backend", backends, config.journal_backend,
                                "rocksdb: on this machine's disk; kafka: on a Kafka cluster, shared by several "
                                "nodes; docs/cluster.md"))),
        at_start(locating(from("PINTLE_JOURNAL_DIRECTORY", value("journal.directory", Word{}, config.journal_directory,
                                                                 "with rocksdb: created if it does not exist")))),
        at_start(value("journal.max_size", Size{smallest_journal, any_size}, config.max_size,
                       "above it events are answered 503, so that senders retry later")),
        at_start(value("journal.max_dead_letters", Size{1, any_size}, config.max_dead_letters,
                       "above it the oldest dead letters are evicted; with kafka for each destination")),

        maps("sources", config.sources, named<Source>("default"),
             "Who may send events. Each source has its own write key: the user name of HTTP Basic, `Authorization: "
             "Bearer`, or X-Write-Key."),
        maps("destinations", config.destinations, named<Destination>("customerio"),
             "Customer.io workspaces that receive the events."),

        from("PINTLE_LOG_LEVEL", value("log.level", levels, config.log_level,
                                       "minimum level that is logged: trace, debug, info, warn, error")),
        at_start(value("log.format", formats, config.log_json, "text, or json with one object per line")),
        value("log.events", logged_events, config.logged_events,
              "off; failures: a line for each event that is rejected or dead-lettered; all: also for each that is "
              "accepted, delivered or dropped"),

        at_start(
            value("telemetry.otlp.endpoint", CollectorUrl{}, config.otlp.endpoint,
                  "such as https://collector:4318; /v1/metrics and /v1/traces are added; empty: nothing is exported")),
        from("PINTLE_TELEMETRY_OTLP_HEADERS",
             secret(list("telemetry.otlp.headers", HeaderLine{}, config.otlp.headers,
                         "of each request, such as [\"Authorization: Bearer ...\"]", Field::Shape::value_or_list))),
        at_start(value("telemetry.otlp.ca_file", Text{}, config.otlp.ca_file,
                       "PEM file of certificates to trust in addition to the system's")),
        at_start(value("telemetry.otlp.interval", Duration{1s, 1h}, config.otlp.interval,
                       "between two exports of the metrics")),
        at_start(value("telemetry.otlp.sampling", Ratio{}, config.otlp.sampling,
                       "the share of events that are traced, 0 to 1; an event with a sampled `traceparent` always "
                       "is")),
    };
    auto kafka = fields_of(config.journal_kafka);
    fields.insert(std::ranges::find(fields, "sources", &Field::path), std::make_move_iterator(kafka.begin()),
                  std::make_move_iterator(kafka.end()));
    return with_variables("PINTLE_", std::move(fields));
}

// How a client of Kafka connects. `below` is the path of its map, with a dot.
Fields fields_of(kafka::ClientConfig& client, const std::string& below) {
    const Choice<std::string> mechanisms{
        {{"", ""}, {"PLAIN", "PLAIN"}, {"SCRAM-SHA-256", "SCRAM-SHA-256"}, {"SCRAM-SHA-512", "SCRAM-SHA-512"}}};
    Field mechanism =
        value("sasl.mechanism", mechanisms, client.sasl.mechanism, "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; empty: none");
    mechanism.allowed = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, or empty";
    Fields fields{
        list("brokers", Word{}, client.brokers, "host:port of some brokers; these name the others",
             Field::Shape::value_or_list),
        value("tls.enabled", Flag{}, client.tls.enabled,
              "true: TLS with the system's certificates; each file below turns it on too"),
        value("tls.ca_file", Text{}, client.tls.ca_file, "PEM file of certificates to trust in place of the system's"),
        value("tls.certificate", Text{}, client.tls.certificate, "PEM file: the client's certificate"),
        value("tls.key", Text{}, client.tls.key, "PEM file: its private key"),
        std::move(mechanism),
        value("sasl.username", Text{}, client.sasl.username, "the user, or the API key of a hosted Kafka"),
        secret(value("sasl.password", Text{}, client.sasl.password, "the password, or the API secret")),
        settings("librdkafka", client.librdkafka,
                 "further settings of librdkafka by their names, such as `{fetch.wait.max.ms: 100}`"),
    };
    for (Field& field : fields) field.path.insert(0, below);
    return fields;
}

// The keys of `journal.kafka`.
Fields fields_of(KafkaJournal& journal) {
    const std::string below = "journal.kafka.";
    Fields fields;
    for (Field& field : fields_of(journal.client, below)) {
        const bool is_first = fields.empty();
        fields.push_back(at_start(std::move(field)));
        if (!is_first) continue;
        fields.push_back(at_start(value(below + "topic_prefix", TopicPrefix{}, journal.topic_prefix,
                                        "the topics are PREFIX.DESTINATION, and the same with .ledger and .dead")));
        fields.push_back(at_start(value(below + "create_topics", Flag{}, journal.create_topics,
                                        "true: topics that do not exist are created; false: that is an error")));
        fields.push_back(at_start(value(below + "replication_factor", Count{1, 32}, journal.replication_factor,
                                        "of the topics that are created")));
        fields.push_back(at_start(value(below + "node_name", Text{}, journal.node_name,
                                        "the node's name for people; empty: the host's name")));
    }
    return fields;
}

Fields fields_of(Source& source) {
    Fields fields{
        value("name", Name{}, source.name, "its name in metrics and in the status"),
        from("PINTLE_WRITE_KEY",
             required(secret(list("write_key", Word{}, source.write_keys, "or several, for rotation: [old, new]",
                                  Field::Shape::value_or_list)))),
        value("destination", Text{}, source.destination, "the name of a destination; optional where there is only one"),
        list("destinations", Word{}, source.destinations,
             "instead of `destination`: several, each of which gets every event: [customerio, test]"),
        value("insecure_no_auth", Flag{}, source.insecure_no_auth, "true: anyone may send without a key"),
        value("rate", Count{0, 10'000'000}, source.rate, "events per second; more are answered 429; 0: no limit"),
        list("types", EventTypeName{}, source.types,
             "event types that it may send; empty: all; for a key in a browser [track, page, screen]"),
    };
    for (Field& field : fields_of(source.kafka.client, "kafka.")) {
        const bool is_first = field.path == "kafka.brokers";
        fields.push_back(std::move(field));
        if (!is_first) continue;
        fields.push_back(list("kafka.topics", Word{}, source.kafka.topics,
                              "names; `^` begins a regular expression: `^rudder[.].*`", Field::Shape::value_or_list));
        fields.push_back(
            value("kafka.group", Word{}, source.kafka.group, "the consumer group, which keeps the offsets in Kafka"));
    }
    return with_variables("PINTLE_SOURCE_", std::move(fields));
}

Fields fields_of(Destination& to) {
    using customerio::ApiVersion;
    using customerio::CreatedAt;
    using customerio::ScreenEvents;
    using customerio::UserIdType;
    const Choice<Region> regions{{{"us", Region::us}, {"eu", Region::eu}, {"auto", Region::autodetect}}};
    const Choice<ApiVersion> versions{{{"v1", ApiVersion::v1}, {"v2", ApiVersion::v2}}};
    const Choice<CreatedAt> created{{{"event_time", CreatedAt::event_time}, {"omit", CreatedAt::omit}}};
    const Choice<UserIdType> id_types{{{"auto", UserIdType::automatic},
                                       {"id", UserIdType::id},
                                       {"email", UserIdType::email},
                                       {"cio_id", UserIdType::cio_id}}};
    const Choice<ScreenEvents> screens{{{"event", ScreenEvents::event}, {"screen", ScreenEvents::screen}}};
    customerio::Options& map = to.mapping;
    return with_variables(
        "PINTLE_DESTINATION_",
        {
            mapping_too(value("name", Name{}, to.name, "also the name of its stream in the journal")),
            list("formerly", Name{}, to.formerly,
                 "earlier names: the events and dead letters of that name become those of this destination",
                 Field::Shape::value_or_list),
            from("CUSTOMERIO_SITE_ID",
                 required(value("site_id", Text{}, to.site_id, "from Customer.io's settings, Track API keys"))),
            from("CUSTOMERIO_API_KEY",
                 required(secret(value("api_key", Text{}, to.api_key, "the API key of this site ID")))),
            from("CUSTOMERIO_REGION",
                 mapping_too(value("region", regions, to.region, "us, eu, or auto, which asks Customer.io once"))),
            from("CUSTOMERIO_BASE_URL",
                 mapping_too(
                     value("base_url", BaseUrl{}, to.base_url,
                           "overrides the region's URL: https://host:port; http:// only for a proxy on this host"))),
            from("CUSTOMERIO_CA_FILE",
                 value("ca_file", Text{}, to.ca_file, "PEM file of certificates to trust in addition to the system's")),
            from("CUSTOMERIO_API_VERSION",
                 mapping_too(value("api_version", versions, map.api_version,
                                   "v1: one request per event; v2: up to `v2.max_items` events per request"))),
            from("CUSTOMERIO_DEVICE_TOKEN_EVENT_NAME",
                 mapping_too(
                     value("device_token_event_name", Text{}, map.device_token_event_name,
                           "another event name that registers a device, besides `Application Installed`/`Opened`"))),
            mapping_too(value("created_at", created, map.created_at,
                              "of a person without createdAt: event_time uses the event's time, omit sets none")),
            mapping_too(value("identify_anonymous", Flag{}, map.identify_anonymous,
                              "false: an identify without user id and email is rejected")),
            mapping_too(value("batch_anonymous", Flag{}, map.batch_anonymous,
                              "v2 only: also sends anonymous events in batches, which the API does not document")),
            mapping_too(
                value("event_dedupe_id", Flag{}, map.event_dedupe_id,
                      "sends an id derived from messageId, with which Customer.io ignores repeated deliveries")),
            mapping_too(
                value("user_id_type", id_types, map.user_id_type,
                      "what a user id is to Customer.io; auto: its text tells, as `cio_...` or an email address")),
            mapping_too(
                semantic_events("semantic_events", map.semantic_events,
                                "events that act on Customer.io instead of being recorded, such as `User Deleted`; "
                                "most of them delete data")),
            mapping_too(value("convert_dates", Flag{}, map.convert_dates,
                              "true: ISO 8601 dates in attributes and properties become seconds since the epoch")),
            mapping_too(value("relationships", Flag{}, map.relationships,
                              "true: identify relates the person to `traits.objectId`; relationships have attributes")),
            mapping_too(value("screen_events", screens, map.screen_events,
                              "event: a screen is an event `Viewed <screen> Screen`; screen: it is a screen view")),
            mapping_too(value("device_attributes", Flag{}, map.device_attributes,
                              "true: a device has its operating system, model, app version and locale as attributes")),
            mapping_too(inner_maps("events.include", to.include, "events that it gets; empty: all")),
            mapping_too(
                inner_maps("events.exclude", to.exclude, "events that it does not get, even if they are included")),
            inner_maps(
                "consent", to.consent,
                "drops events whose consentManagement denies what is needed, such as `{provider: ketch, categories: "
                "[ads]}`"),
            list("consent_categories", Word{}, to.consent_categories,
                 "the older form of `consent`: one entry of oneTrust with these categories and the strategy `and`"),
            value("rate", Rate{1'000'000}, to.rate, "maximum requests per second"),
            value("max_journal_size", Size{0, any_size}, to.max_journal_size,
                  "its share of journal.max_size; above it its events are answered 503; 0: an equal share of 7/8 of "
                  "it, or all of it for the only destination"),

            value("v2.linger", Duration{0ms, 1min}, to.linger,
                  "maximum time that an event waits for a batch to fill; it does not wait while no others are pending"),
            value("v2.max_items", Count{1, 10'000}, to.max_items,
                  "maximum items of a batch; a batch never exceeds 500,000 bytes"),
            value("v2.allow_same_person", Flag{}, to.allow_same_person,
                  "true: a batch may contain several events of one person, in order"),

            value("retry.initial_backoff", Duration{1ms, day}, to.initial_backoff,
                  "before the first retry; doubles with each retry, with jitter"),
            value("retry.max_backoff", Duration{1ms, day}, to.max_backoff, "maximum wait between two retries"),
            value("retry.max_age", Duration{1ms, 365 * day}, to.max_age,
                  "an event that is older when an attempt fails becomes a dead letter"),
            value("retry.probe_interval", Duration{1ms, day}, to.probe_interval,
                  "between probes while Customer.io rejects the credentials"),

            value("pool.connections", Count{1, 10'000}, to.connections, "maximum open connections"),
            value("pool.connect_timeout", Duration{1ms, day}, to.connect_timeout,
                  "name resolution, connecting and the TLS handshake together"),
            value("pool.request_timeout", Duration{1ms, day}, to.request_timeout,
                  "from the first byte sent to the last one received"),
            value("pool.idle_timeout", Duration{1ms, day}, to.idle_timeout, "closes idle connections"),
        });
}

Fields fields_of(ConsentEntry& entry) {
    Field strategy = value("strategy", ConsentStrategyName{}, entry.configured_strategy,
                           "of `custom`, and of events without a resolutionStrategy; and: one denied category drops "
                           "the event; or: all of them; ketch's default is or");
    strategy.show = [&entry] { return std::vector{ConsentStrategyName::show(entry.strategy())}; };
    return {
        required(value("provider", ConsentProviderName{}, entry.provider,
                       "as the event's consentManagement names it; once each")),
        required(list("categories", Word{}, entry.categories, "at least one, as in deniedConsentIds")),
        std::move(strategy),
    };
}

Fields fields_of(AdminToken& token) {
    const Choice<AdminRole> roles{{{"read", AdminRole::read}, {"operate", AdminRole::operate}}};
    return {
        required(value("name", Name{}, token.name, "whose it is; the log names it with what was done")),
        required(secret(value("token", Word{}, token.token, "the Bearer token"))),
        value("role", roles, token.role,
              "read: everything but changes and whole dead letters where admin.redact hides them; operate: everything"),
    };
}

Fields fields_of(customerio::EventPattern& pattern) {
    return {
        mapping_too(value("type", EventTypeOrAny{}, pattern.type, "the event's type; without one: any")),
        mapping_too(value("name", EventNamePattern{}, pattern.name,
                          "the event of a track, the name of a page or screen; without one: any")),
    };
}

}  // namespace pintle::config
