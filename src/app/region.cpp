// Asking Customer.io in which region the account is.
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/runner.hpp"
#include "pintle/json/parse.hpp"
#include "pintle/logging/logging.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::app {
namespace {

using delivery::Answer;
using delivery::Awaitable;

constexpr boost::asio::use_awaitable_t<delivery::Executor> awaiting{};

// Whatever the answer is, down to no JSON at all.
std::string region_in(const std::string& body) {
    const auto document = parse_json(body);
    const auto found = document.find("region");
    return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

// Where the configuration wants it asked for. From the journal's memory where it is known already; a region is asked
// for once in an account's life. Another configuration may come while it waits, which is then what counts.
Awaitable<void> Runner::ask_region() {
    const mapping::Request question{"GET", "/api/v1/accounts/region", {}};
    while (destination_.region == Region::autodetect && !stopping_) {
        const auto sender = sender_;
        const std::string fact = "region/" + destination_.name + "/" + destination_.site_id;
        std::string region = journal_.get(fact).value_or("");
        if (region.empty()) {
            const Answer answer = co_await sender->send(question);
            if (stopping_ || sender != sender_) continue;
            if (answer.status == 200) region = region_in(answer.body);
            if (region != "us" && region != "eu") {
                region_error_ = "the account's region is unknown: " + delivery::classify(answer, wall_now()).message;
                report_changes();
                boost::system::error_code cancelled;
                timer_.expires_after(destination_.probe_interval);
                co_await timer_.async_wait(boost::asio::redirect_error(awaiting, cancelled));
                continue;
            }
            journal_.put(fact, region);
        }
        logging::info("region_known destination={} region={}", destination_.name, region);
        if (!destination_.base_url && region == "eu") {
            auto endpoint = sender->endpoint();
            endpoint.host = delivery::eu_host;
            sender->redirect(endpoint);
            update_host();
        }
        break;
    }
    region_error_.clear();
}

}  // namespace pintle::app
