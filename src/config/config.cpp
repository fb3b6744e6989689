#include "pintle/config/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <boost/asio/ip/address.hpp>

#include "checks.hpp"
#include "environment.hpp"
#include "file.hpp"
#include "pintle/config/locate.hpp"
#include "pintle/customerio/regions.hpp"
#include "pintle/http/client/endpoint.hpp"

namespace pintle::config {

bool Listen::loopback() const {
    return boost::asio::ip::make_address(host).is_loopback();
}

std::string Listen::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

http::client::Endpoint Destination::endpoint() const {
    if (base_url) return *base_url;
    return {true, std::string(region == Region::eu ? customerio::eu_host : customerio::us_host), 443, ""};
}

bool Destination::was_named(std::string_view earlier) const {
    return std::ranges::find(formerly, earlier) != formerly.end();
}

std::vector<std::string> Source::destination_names() const {
    return destinations.empty() ? std::vector{destination} : destinations;
}

customerio::ConsentStrategy ConsentEntry::strategy() const {
    return configured_strategy.value_or(
        customerio::default_strategy(provider.value_or(customerio::ConsentProvider::one_trust)));
}

customerio::ConsentPolicy Destination::consent_policy() const {
    std::vector<customerio::ConsentRule> rules;
    if (!consent_categories.empty()) {
        rules.push_back({customerio::ConsentProvider::one_trust, consent_categories, customerio::ConsentStrategy::all});
    }
    for (const ConsentEntry& entry : consent)
        rules.push_back({entry.provider.value(), entry.categories, entry.strategy()});
    return customerio::ConsentPolicy(std::move(rules));
}

namespace {

Located load(const std::string& file, files::Kind kind, const Environment& environment, Purpose purpose) {
    Located loaded;
    Config& config = loaded.config;
    Report report(file);
    const auto extent = file.empty() ? Extent::whole : read_file(file, kind, environment, purpose, config, report);
    const bool locates = purpose == Purpose::locate;
    if (extent == Extent::whole || locates) apply_environment(environment, file.empty(), purpose, config, report);
    if (extent == Extent::whole) {
        if (config.destinations.size() == 1)  // the only one is the default
            for (Source& source : config.sources)
                if (source.destination.empty() && source.destinations.empty())
                    source.destination = config.destinations[0].name;
        check(config, purpose, report);
        for (Source& source : config.sources)  // one form for one destination
            if (source.destinations.size() == 1) source.destination = std::exchange(source.destinations, {}).front();
    }
    const auto knows = [&](const std::string& path, Extent least) {
        return locates && !report.full() && !report.faulty(path) && (extent >= least || report.is_from_variable(path));
    };
    loaded.knows_admin_address = knows("admin.listen", Extent::admin);
    loaded.knows_journal_directory = knows("journal.directory", Extent::whole);
    report.move_to(loaded);
    return loaded;
}

}  // namespace

Loaded load_config(const std::string& file, const Environment& environment, Purpose purpose) {
    return load(file, files::Kind::stream, environment, purpose);
}

Located locate_daemon(const std::string& file, const Environment& environment) {
    return load(file, files::Kind::stream, environment, Purpose::locate);
}

Loaded reload_config(const std::string& file, const Environment& environment) {
    return load(file, files::Kind::regular, environment, Purpose::serve);
}

Environment process_environment() {
    std::vector<std::string> names;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        names.emplace_back(text.substr(0, text.find('=')));
    }
    const auto get = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
        if (value == nullptr) return {};
        return value;
    };
    return Environment(get, std::move(names));
}

}  // namespace pintle::config
