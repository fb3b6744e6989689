// Asking Customer.io in which region the account is.
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/regions.hpp"
#include "pintle/delivery/destination_worker.hpp"
#include "pintle/json/parse.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::delivery {
namespace {

// Whatever the answer is, down to no JSON at all.
std::string region_in(const std::string& body) {
    const auto document = parse_json(body);
    const auto found = document.find("region");
    return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

// Where the configuration wants it asked for. From the journal's memory where it is known already; a region is asked
// for once in an account's life. Another configuration may come while it waits, which is then what counts.
Awaitable<void> DestinationWorker::ask_region() {
    const HttpRequest question{"GET", "/api/v1/accounts/region", {}};
    while (destination_.region == config::Region::autodetect && !stopping_) {
        const auto client = client_;
        const std::string fact = "region/" + destination_.name + "/" + destination_.site_id;
        std::string region = journal_.metadata(fact).value_or("");
        if (region.empty()) {
            const HttpResponse response = co_await client->send(question);
            if (stopping_ || client != client_) continue;
            if (response.status == 200) region = region_in(response.body);
            if (region != "us" && region != "eu") {
                region_error_ =
                    "the account's region is unknown: " + customerio::classify(response, wall_now()).message;
                report_changes();
                boost::system::error_code cancelled;
                timer_.expires_after(destination_.probe_interval);
                co_await timer_.async_wait(boost::asio::redirect_error(awaiting, cancelled));
                continue;
            }
            journal_.set_metadata(fact, region);
        }
        logging::info("region_known destination={} region={}", destination_.name, region);
        if (!destination_.base_url && region == "eu") {
            auto endpoint = client->endpoint();
            endpoint.host = customerio::eu_host;
            client->redirect(endpoint);
            update_host();
        }
        break;
    }
    region_error_.clear();
}

}  // namespace pintle::delivery
