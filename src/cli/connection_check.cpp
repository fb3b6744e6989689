#include "connection_check.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/customerio/response.hpp"
#include "pintle/delivery/account.hpp"
#include "pintle/http/client/http_client.hpp"
#include "pintle/kafka/client_config.hpp"
#include "pintle/kafka/group_consumer.hpp"

namespace pintle::cli {
namespace {

using http::client::HttpClient;

constexpr std::chrono::seconds broker_timeout{10};

std::string name_of(const config::Destination& destination) {
    return "destinations[" + text::shown(destination.name) + "]: ";
}

// The region that the account must have; nothing where the configuration names none.
std::optional<std::string> configured_region(const config::Destination& destination) {
    switch (destination.region) {
        case config::Region::us: return "us";
        case config::Region::eu: return "eu";
        case config::Region::autodetect: return std::nullopt;
    }
    return std::nullopt;
}

Awaitable<void> ask(const config::Destination& destination, HttpClient& client, ConnectionReport& report) {
    const HttpRequest query = delivery::region_query();
    const HttpResponse response = co_await client.send(query);
    report = report_connection(destination, response, wall_now());
    client.close();
}

}  // namespace

ConnectionReport report_connection(const config::Destination& destination, const HttpResponse& response, WallTime now) {
    const auto host = destination.endpoint().authority();
    const auto report = [&](bool usable, const std::string& what) {
        return ConnectionReport{usable, name_of(destination) + text::shown(what)};
    };
    if (const auto region = delivery::region_in(response)) {
        const auto configured = configured_region(destination);
        const std::string works = "works: " + host + " accepts the credentials; the account's region is " + *region;
        if (!configured) return report(true, works + ", as `auto` will find out");
        if (*configured == *region) return report(true, works + ", as configured");
        return report(false, "wrong region: " + host + " accepts the credentials, but the account's region is " +
                                 *region + ", and the configuration says " + *configured + "; set region: " + *region +
                                 ", or auto");
    }
    if (response.status == 0) return report(false, "unreachable: " + response.error);
    if (response.status == 200) return report(false, "unknown: " + host + " did not respond like Customer.io");
    const auto result = customerio::classify(response, now);
    const bool refused = result.disposition == customerio::Disposition::unauthorized;
    return report(false, (refused ? "refused: " + host + " rejects the credentials: " : "unknown: " + host + ": ") +
                             result.message);
}

std::vector<ConnectionReport> check_brokers(const std::vector<config::Source>& sources) {
    std::vector<ConnectionReport> reports;
    for (const auto& source : sources) {
        if (!source.kafka.is_used()) continue;
        const std::string name = "sources[" + text::shown(source.name) + "].kafka: ";
        const auto add = [&](bool usable, const std::string& what) {
            reports.push_back({usable, name + text::shown(what)});
        };
        try {
            const auto said =
                kafka::ask_brokers(kafka::client_settings(source.kafka.client), source.kafka.topics, broker_timeout);
            if (!said.problem.empty()) {
                add(false, "unreachable: " + said.problem);
                continue;
            }
            const std::string brokers = std::to_string(said.brokers) + (said.brokers == 1 ? " broker" : " brokers");
            if (said.topics.empty()) add(true, "works: " + brokers);
            for (const auto& [topic, partitions, problem] : said.topics) {
                std::string what = problem.empty() ? "works: " + brokers + "; topic " : "unusable: topic ";
                what += topic;
                if (problem.empty()) {
                    what.append(" has ").append(std::to_string(partitions));
                    what += partitions == 1 ? " partition" : " partitions";
                } else {
                    what.append(": ").append(problem);
                }
                add(problem.empty(), what);
            }
        } catch (const std::runtime_error& error) {
            add(false, std::string("unusable: ") + error.what());
        }
    }
    return reports;
}

std::vector<ConnectionReport> check_connections(const std::vector<config::Destination>& destinations) {
    boost::asio::io_context io(1);
    std::vector<ConnectionReport> reports(destinations.size());
    std::vector<std::unique_ptr<HttpClient>> clients;
    clients.reserve(destinations.size());
    for (std::size_t i = 0; i < destinations.size(); ++i) {
        const auto& destination = destinations[i];
        try {
            auto& client =
                clients.emplace_back(std::make_unique<HttpClient>(io, delivery::client_options(destination)));
            boost::asio::co_spawn(io, ask(destination, *client, reports[i]), [](const std::exception_ptr& error) {
                if (error) std::rethrow_exception(error);
            });
        } catch (const std::runtime_error& error) {
            reports[i].text = name_of(destination) + "unusable: " + text::shown(error.what());
        }
    }
    io.run();
    return reports;
}

}  // namespace pintle::cli
