#include "import/event_preparer.hpp"

#include "pintle/base/hex.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/sha256.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::cli::importer {
namespace {

constexpr std::size_t id_digits = 32;

bool missing(json::Value value) {
    return !value || value.is(json::Kind::null);
}

}  // namespace

Result<void> EventPreparer::prepare(const Line& line, std::string& event) {
    if (line.text.find_first_not_of(" \t") != line.text.find('{')) return Reason::event_not_an_object;
    if (auto parsed = event_.parse(line.text); !parsed) return parsed;
    if (!customerio::read_identifier(event_["messageId"])) {
        const auto id =
            to_hex(sha256({identity_ + ' ' + std::to_string(line.offset) + ' ' + line.text})).substr(0, id_digits);
        event_.set("messageId", "\"pintle-" + id + '"');
    }
    // An old `sentAt` would make ingest correct the times by a clock skew that never existed.
    if (missing(event_["timestamp"]) && customerio::read_time(event_["originalTimestamp"])) {
        event_.set("timestamp", event_["originalTimestamp"].raw());
    }
    event.clear();
    event_.write(event);
    return {};
}

std::string EventPreparer::message_id() const {
    return std::string(customerio::read_identifier(event_["messageId"]).value_or(""));
}

}  // namespace pintle::cli::importer
