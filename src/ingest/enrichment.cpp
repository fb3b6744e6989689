#include "enrichment.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace pintle::ingest {
namespace {

using json::Kind;
using json::Value;

bool missing(Value value) {
    return !value || value.is(Kind::null);
}

// A longer text is not a time, and is not copied.
constexpr std::size_t max_time = 64;  // bytes

// Whether its year has four digits. Times that are numbers have any value.
bool is_writable(WallTime time) {
    using namespace std::chrono;
    return time >= sys_days{year{0} / 1 / 1} && time < sys_days{year{10'000} / 1 / 1};
}

// The event's time by this machine's clock: the sender's clock is off by the same amount at both times.
void correct_timestamp(json::Event& event, const ReceiveTime& now) {
    const Value written = event["originalTimestamp"];
    const auto original = written.raw().size() <= max_time ? customerio::read_time(written) : std::nullopt;
    const auto sent = customerio::read_time(event["sentAt"]);
    if (original && sent && is_writable(WallTime{*original}) && is_writable(WallTime{*sent})) {
        const WallTime corrected = now.time - (*sent - *original);
        if (is_writable(corrected)) return event.set_text("timestamp", Iso8601(corrected).text());
    }
    if (original) return event.set("timestamp", written.raw());
    event.set_text("timestamp", now.iso8601.text());
}

}  // namespace

std::string make_uuid() {
    return to_string(boost::uuids::random_generator()());
}

std::string to_uuid(const MessageHash& hash) {
    boost::uuids::uuid uuid{};
    static_assert(sizeof uuid.data == sizeof hash);
    std::ranges::copy(hash, std::begin(uuid.data));
    uuid.data[6] = static_cast<std::uint8_t>((uuid.data[6] & 0x0FU) | 0x80U);  // version 8: custom (RFC 9562)
    uuid.data[8] = static_cast<std::uint8_t>((uuid.data[8] & 0x3FU) | 0x80U);  // the RFC's variant
    return to_string(uuid);
}

void enrich(json::Event& event, std::string_view type, const ReceiveTime& now, std::string_view uuid,
            std::optional<WallTime> sent) {
    if (!type.empty() && event["type"].text() != type) event.set_text("type", type);
    if (!customerio::read_identifier(event["messageId"])) event.set_text("messageId", uuid);
    if (missing(event["timestamp"])) correct_timestamp(event, sent && is_writable(*sent) ? ReceiveTime(*sent) : now);
    event.set_text("receivedAt", now.iso8601.text());
    if (event["writeKey"]) event.remove("writeKey");
}

}  // namespace pintle::ingest
