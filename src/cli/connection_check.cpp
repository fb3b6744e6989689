#include "connection_check.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/config/values.hpp"
#include "pintle/customerio/response.hpp"
#include "pintle/daemon/collector.hpp"
#include "pintle/daemon/journal_check.hpp"
#include "pintle/delivery/account.hpp"
#include "pintle/http/client/http_client.hpp"
#include "pintle/kafka/client_config.hpp"
#include "pintle/kafka/group_consumer.hpp"
#include "pintle/telemetry/export_result.hpp"
#include "pintle/telemetry/signal.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli {
namespace {

using http::client::HttpClient;

constexpr std::chrono::seconds broker_timeout{10};
constexpr std::chrono::seconds one_broker_timeout{2};  // of one that others make up for

std::string name_of(const config::Destination& destination) {
    return "destinations[" + text::shown(destination.name) + "]: ";
}

std::string heading_of(telemetry::Signal signal) {
    return "telemetry.otlp: " + std::string(telemetry::name_of(signal)) + ": ";
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

using Interpret = std::function<ConnectionReport(const HttpResponse&)>;

Awaitable<void> ask(HttpClient& client, HttpRequest request, Interpret interpret, ConnectionReport& report) {
    report = interpret(co_await client.send(request));
    client.close();
}

// Asks several servers at once.
class Questions {
public:
    // `what`: the report's beginning.
    void add(const std::string& what, const http::client::HttpClientOptions& options, HttpRequest request,
             Interpret interpret) {
        auto& report = reports_.emplace_back();
        try {
            auto& client = clients_.emplace_back(std::make_unique<HttpClient>(io_, options));
            boost::asio::co_spawn(io_, ask(*client, std::move(request), std::move(interpret), report),
                                  [](const std::exception_ptr& error) {
                                      if (error) std::rethrow_exception(error);
                                  });
        } catch (const std::runtime_error& error) {
            report.text = what + "unusable: " + text::shown(error.what());
        }
    }

    std::vector<ConnectionReport> answers() {
        io_.run();
        return {reports_.begin(), reports_.end()};
    }

private:
    boost::asio::io_context io_{1};
    std::list<ConnectionReport> reports_;  // each question writes to its own
    std::vector<std::unique_ptr<HttpClient>> clients_;
};

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

ConnectionReport report_collector(const config::Otlp& otlp, telemetry::Signal signal, const HttpResponse& response,
                                  WallTime now) {
    using Kind = telemetry::ExportResult::Kind;
    const auto result = telemetry::classify(response, now);
    const auto report = [&](bool usable, const std::string& what) {
        return ConnectionReport{usable, heading_of(signal) + text::shown(what)};
    };
    const std::string url = config::CollectorUrl::show(otlp.endpoint);
    switch (result.kind) {
        case Kind::accepted:
            return report(true, "works: " + url + " answers " + std::to_string(response.status) +
                                    " to an empty export" +
                                    (result.message.empty() ? "" : ", and warns: " + result.message));
        case Kind::rejected: return report(false, "refused: " + url + ": " + result.message);
        case Kind::retry:
            return report(false, (response.status == 0 ? "unreachable: " : "unknown: " + url + ": ") + result.message);
    }
    return report(false, "unknown: " + url);
}

namespace {

// Appends what the brokers say of the topics. `name` begins each line.
void check_topics(const std::string& name, const kafka::ClientConfig& client, const std::vector<std::string>& topics,
                  std::vector<ConnectionReport>& reports) {
    const auto add = [&](bool usable, const std::string& what) {
        reports.push_back({usable, name + text::shown(what)});
    };
    const auto settings = kafka::client_settings(client);
    try {
        const auto said = kafka::ask_brokers(settings, topics, broker_timeout);
        if (!said.problem.empty()) return add(false, "unreachable: " + said.problem);
        const std::string brokers = std::to_string(said.brokers) + (said.brokers == 1 ? " broker" : " brokers");
        if (said.topics.empty()) add(true, "works: " + brokers);
        for (const auto& [topic, partitions, problem, matches] : said.topics) {
            if (problem.empty()) {
                std::string what = "works: ";
                what.append(brokers).append("; topic ").append(topic);
                if (matches > 0) what.append(" matches ").append(terminal::counted(matches, "topic")).append(", which");
                what.append(matches > 1 ? " have " : " has ").append(terminal::counted(partitions, "partition"));
                add(true, what);
            } else {
                add(false, std::string("unusable: topic ").append(topic).append(": ").append(problem));
            }
        }
        if (client.brokers.size() < 2) return;
        for (const auto& [broker, problem] : kafka::find_silent_brokers(settings, one_broker_timeout)) {
            add(true, std::string("warning: ").append(broker).append(" does not answer, though others do: ") + problem);
        }
    } catch (const std::runtime_error& error) {
        add(false, std::string("unusable: ") + error.what());
    }
}

// Appends what the brokers say of the journal, which must be on Kafka.
void check_journal(const config::Config& config, std::vector<ConnectionReport>& reports) {
    const std::string name = "journal.kafka: ";
    std::vector<ConnectionReport> brokers;
    check_topics(name, config.journal_kafka.client, {}, brokers);
    if (!brokers.front().usable) {
        std::ranges::move(brokers, std::back_inserter(reports));
        return;
    }
    journal::KafkaJournalCheck found;
    try {
        found = daemon::check_journal(config, broker_timeout);
    } catch (const std::runtime_error& error) {
        found.problems.emplace_back(error.what());
    }
    for (const auto& problem : found.problems) reports.push_back({false, name + "unusable: " + text::shown(problem)});
    // The first one says that it works.
    if (!found.problems.empty()) brokers.erase(brokers.begin());
    std::ranges::move(brokers, std::back_inserter(reports));
    if (found.missing.empty()) return;
    std::string topics;
    for (const auto& topic : found.missing) topics += (topics.empty() ? "" : ", ") + topic;
    reports.push_back({true, name + text::shown("does not exist yet, and is created at the start: " + topics)});
}

}  // namespace

std::vector<ConnectionReport> check_brokers(const config::Config& config) {
    std::vector<ConnectionReport> reports;
    if (config.journal_backend == config::JournalBackend::kafka) check_journal(config, reports);
    for (const auto& source : config.sources) {
        if (!source.kafka.is_used()) continue;
        check_topics("sources[" + text::shown(source.name) + "].kafka: ", source.kafka.client, source.kafka.topics,
                     reports);
    }
    return reports;
}

std::vector<ConnectionReport> check_connections(const config::Config& config) {
    Questions questions;
    for (const auto& destination : config.destinations) {
        questions.add(name_of(destination), delivery::client_options(destination), delivery::region_query(),
                      [&destination](const HttpResponse& response) {
                          return report_connection(destination, response, wall_now());
                      });
    }
    if (!config.otlp.endpoint) return questions.answers();
    for (const auto signal : {telemetry::Signal::metrics, telemetry::Signal::traces}) {
        questions.add(heading_of(signal), daemon::collector_options(config.otlp),
                      telemetry::export_request(signal, telemetry::empty_batch),
                      [&otlp = config.otlp, signal](const HttpResponse& response) {
                          return report_collector(otlp, signal, response, wall_now());
                      });
    }
    return questions.answers();
}

}  // namespace pintle::cli
