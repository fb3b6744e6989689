#include "app/config_fields.hpp"

namespace pintle::app {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1ULL << 10U;
constexpr std::uint64_t gib = 1ULL << 30U;
constexpr std::uint64_t any_size = 1ULL << 50U;
constexpr Milliseconds day = 24h;

template <class T>
Slot slot(T& target) {
    return {&target,
            [](const void* a, const void* b) { return *static_cast<const T*>(a) == *static_cast<const T*>(b); },
            [](void* to, const void* from) { *static_cast<T*>(to) = *static_cast<const T*>(from); }};
}

Field at_start(Field field) {
    field.at_start = true;
    return field;
}

template <class Read, class T>
Field value(std::string_view path, const Read& read, T& target, Use use = Use::serving) {
    return {path,        Field::Shape::value,
            use,         [read, &target](const std::string& text) { return read(text, target); },
            nullptr,     nullptr,
            slot(target)};
}

template <class Read>
Field list(std::string_view path, const Read& read, std::vector<std::string>& target,
           Field::Shape shape = Field::Shape::list) {
    auto add = [read, &target](const std::string& text) {
        std::string item;
        Complaint complaint = read(text, item);
        if (!complaint) target.push_back(std::move(item));
        return complaint;
    };
    return {path, shape, Use::serving, add, [&target] { target.clear(); }, nullptr, slot(target)};
}

template <class T>
Field maps(std::string_view path, std::vector<T>& target, const char* default_name) {
    auto add = [&target, default_name] {
        target.emplace_back().name = default_name;
        return fields_of(target.back());
    };
    return {path, Field::Shape::maps, Use::serving, nullptr, nullptr, add, {}};
}

}  // namespace

Fields fields_of(Config& config) {
    Ingress& in = config.ingress;
    return {
        at_start(value("listen", read_listen, config.listen)),

        at_start(value("ingress.max_body", Size{kib, gib}, in.max_body)),
        value("ingress.max_event", Size{kib, gib}, in.max_event),
        at_start(value("ingress.max_connections", Count{1, 1'000'000}, in.max_connections)),
        at_start(value("ingress.header_timeout", Duration{1ms, day}, in.header_timeout)),
        at_start(value("ingress.body_timeout", Duration{1ms, day}, in.body_timeout)),
        at_start(value("ingress.idle_timeout", Duration{1ms, day}, in.idle_timeout)),
        at_start(value("ingress.drain_timeout", Duration{0ms, day}, in.drain_timeout)),
        list("ingress.cors_origins", read_origin, in.cors_origins),
        at_start(value("ingress.tls.certificate", read_text, in.certificate)),
        at_start(value("ingress.tls.key", read_text, in.key)),
        at_start(value("ingress.dedupe_window", Duration{0ms, 7 * day}, in.dedupe_window)),
        at_start(value("ingress.threads", Count{0, 1024}, in.threads)),

        at_start(value("admin.listen", read_listen, config.admin_listen)),
        value("admin.token", read_text, config.admin_token),

        at_start(value("journal.directory", read_word, config.journal_directory)),
        at_start(value("journal.max_size", Size{1, any_size}, config.max_size)),
        at_start(value("journal.max_dead_letters", Size{1, any_size}, config.max_dead_letters)),

        maps("sources", config.sources, "default"),
        maps("destinations", config.destinations, "customerio"),

        value("log.level",
              Choice<std::string>{
                  {{"trace", "trace"}, {"debug", "debug"}, {"info", "info"}, {"warn", "warn"}, {"error", "error"}}},
              config.log_level),
        at_start(value("log.format", Choice<bool>{{{"text", false}, {"json", true}}}, config.log_json)),
    };
}

Fields fields_of(Source& source) {
    return {
        value("name", read_name, source.name),
        list("write_key", read_word, source.write_keys, Field::Shape::value_or_list),
        value("destination", read_word, source.destination),
        value("insecure_no_auth", read_flag, source.insecure_no_auth),
    };
}

Fields fields_of(Destination& to) {
    using mapping::ApiVersion;
    using mapping::CreatedAt;
    const Choice<Region> regions{{{"us", Region::us}, {"eu", Region::eu}, {"auto", Region::autodetect}}};
    const Choice<ApiVersion> versions{{{"v1", ApiVersion::v1}, {"v2", ApiVersion::v2}}};
    const Choice<CreatedAt> created{{{"event_time", CreatedAt::event_time}, {"omit", CreatedAt::omit}}};
    mapping::Options& map = to.mapping;
    return {
        value("name", read_name, to.name, Use::mapping),
        value("site_id", read_text, to.site_id),
        value("api_key", read_text, to.api_key),
        value("region", regions, to.region, Use::mapping),
        value("base_url", read_base_url, to.base_url, Use::mapping),
        value("ca_file", read_text, to.ca_file),
        value("api_version", versions, map.api_version, Use::mapping),
        value("device_token_event_name", read_text, map.device_token_event_name, Use::mapping),
        value("created_at", created, map.created_at, Use::mapping),
        value("identify_anonymous", read_flag, map.identify_anonymous, Use::mapping),
        value("batch_anonymous", read_flag, map.batch_anonymous, Use::mapping),
        value("event_dedupe_id", read_flag, map.event_dedupe_id, Use::mapping),
        list("consent_categories", read_word, to.consent_categories),
        value("rate", Rate{1'000'000}, to.rate),

        value("v2.linger", Duration{0ms, 1min}, to.linger),
        value("v2.max_items", Count{1, 10'000}, to.max_items),
        value("v2.same_lane", read_flag, to.same_lane),

        value("retry.initial_backoff", Duration{1ms, day}, to.initial_backoff),
        value("retry.max_backoff", Duration{1ms, day}, to.max_backoff),
        value("retry.max_age", Duration{1ms, 365 * day}, to.max_age),
        value("retry.probe_interval", Duration{1ms, day}, to.probe_interval),

        value("pool.connections", Count{1, 10'000}, to.connections),
        value("pool.connect_timeout", Duration{1ms, day}, to.connect_timeout),
        value("pool.request_timeout", Duration{1ms, day}, to.request_timeout),
        value("pool.idle_timeout", Duration{1ms, day}, to.idle_timeout),
    };
}

}  // namespace pintle::app
