#include "app/config_checks.hpp"

#include <algorithm>
#include <fstream>

#include <boost/asio/ip/address.hpp>

#include "app/config_values.hpp"

namespace pintle::app {
namespace {

std::string item(const char* list, std::size_t index) {
    return std::string(list) + '[' + std::to_string(index) + "].";
}

bool is_loopback(const std::string& host) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    return error ? host == "localhost" : address.is_loopback();
}

void check_unset(const Config& config, Report& report) {
    const auto unset = report.unset();
    for (const auto& [path, variable] : unset) {
        const auto no_auth = [&, i = std::size_t{0}](const Source& source) mutable {
            return path == item("sources", i++) + "write_key" && source.insecure_no_auth;
        };
        if (std::ranges::any_of(config.sources, no_auth)) continue;
        report.problem(path, "the environment variable " + variable + " is not set; set it, or write ${" + variable +
                                 ":-default}");
    }
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

void check_write_key(const Config& config, std::size_t i, Report& report) {
    const Source& source = config.sources[i];
    const std::string path = item("sources", i) + "write_key";
    if (report.faulty(path)) return;
    if (source.write_key.empty()) {
        if (!source.insecure_no_auth)
            report.problem(path,
                           "is missing; without a key anyone could send, which only insecure_no_auth: true allows");
        return;
    }
    const auto twin = std::ranges::find(config.sources, source.write_key, &Source::write_key) - config.sources.begin();
    if (static_cast<std::size_t>(twin) < i)
        report.problem(path, "is the same as that of sources[" + std::to_string(twin) + "]; each source needs its own");
}

void check_sources(const Config& config, Report& report) {
    for (std::size_t i = 0; i < config.sources.size(); ++i) {
        check_write_key(config, i, report);
        const std::string path = item("sources", i) + "destination";
        const std::string& wanted = config.sources[i].destination;
        if (report.faulty(path) || config.destinations.empty()) continue;
        if (std::ranges::find(config.destinations, wanted, &Destination::name) != config.destinations.end()) continue;
        std::string names;
        for (const Destination& to : config.destinations) names += (names.empty() ? "" : ", ") + to.name;
        report.problem(
            path, (wanted.empty() ? "is missing" : in_quotes(wanted) + " is no destination") + "; allowed: " + names);
    }
    // Without authentication a sender cannot be told from another's: there is only room for one such source.
    const auto open = std::ranges::count_if(config.sources,
                                            [](const Source& s) { return s.insecure_no_auth && s.write_key.empty(); });
    if (open > 1) report.problem("sources", "only one source may be without a write key");
}

void check_file(const std::string& path, const std::string& file, Report& report) {
    if (file.empty() || report.faulty(path)) return;
    std::ifstream in(file);
    if (in.peek() == std::ifstream::traits_type::eof())
        report.problem(path, in_quotes(file) + " cannot be read, or is empty");
}

void check_credentials(const Destination& to, const std::string& below, Report& report) {
    if (to.site_id.empty() && !report.faulty(below + "site_id"))
        report.problem(below + "site_id", "is missing; see Customer.io's settings, Track API keys");
    if (to.api_key.empty() && !report.faulty(below + "api_key"))
        report.problem(below + "api_key", "is missing; see Customer.io's settings, Track API keys");
}

void check_destination(const Destination& to, const std::string& below, Purpose purpose, Report& report) {
    if (to.mapping.api_version == mapping::ApiVersion::v2)
        report.problem(below + "api_version", "v2 is not available in this version; allowed: v1");
    const std::string max_backoff = below + "retry.max_backoff";
    if (to.initial_backoff > to.max_backoff && !report.faulty(max_backoff) &&
        !report.faulty(below + "retry.initial_backoff"))
        report.problem(max_backoff, "is below retry.initial_backoff");
    if (purpose == Purpose::transform) return;
    check_credentials(to, below, report);
    check_file(below + "ca_file", to.ca_file, report);
    if (to.base_url && !to.base_url->tls && !is_loopback(to.base_url->host))
        report.warning(below + "base_url", "credentials and events leave this host unencrypted; use https");
}

void check_listeners(const Config& config, Purpose purpose, Report& report) {
    if (!config.admin_listen.loopback() && config.admin_token.empty() && !report.faulty("admin.token"))
        report.problem("admin.listen",
                       config.admin_listen.text() + " can be reached from other hosts, which needs an admin.token");
    if (config.listen.port != 0 && config.listen.port == config.admin_listen.port &&
        config.listen.host == config.admin_listen.host)
        report.problem("admin.listen", config.listen.text() + " is what listen has too");
    const Ingress& in = config.ingress;
    if (in.certificate.empty() != in.key.empty() && !report.faulty("ingress.tls.certificate") &&
        !report.faulty("ingress.tls.key"))
        report.problem("ingress.tls", "certificate and key must both be set, or neither");
    if (purpose == Purpose::transform) return;
    check_file("ingress.tls.certificate", in.certificate, report);
    check_file("ingress.tls.key", in.key, report);
}

void check_presence(const Config& config, Purpose purpose, Report& report) {
    if (config.destinations.empty()) report.problem("destinations", "at least one destination is needed");
    if (!config.sources.empty() || purpose == Purpose::transform) return;
    constexpr const char* missing = "there is no source; `pintle serve` needs one (or PINTLE_WRITE_KEY)";
    if (purpose == Purpose::serve)
        report.problem("sources", missing);
    else
        report.warning("sources", missing);
}

}  // namespace

void check(const Config& config, Purpose purpose, Report& report) {
    check_unset(config, report);
    check_presence(config, purpose, report);
    check_names("sources", config.sources, report);
    check_names("destinations", config.destinations, report);
    if (purpose != Purpose::transform) check_sources(config, report);
    for (std::size_t i = 0; i < config.destinations.size(); ++i)
        check_destination(config.destinations[i], item("destinations", i), purpose, report);
    check_listeners(config, purpose, report);
    if (config.ingress.max_event > config.ingress.max_body && !report.faulty("ingress.max_event") &&
        !report.faulty("ingress.max_body"))
        report.problem("ingress.max_event", "is above ingress.max_body");
}

}  // namespace pintle::app
