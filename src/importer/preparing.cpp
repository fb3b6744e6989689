#include "importer/preparing.hpp"

#include "importer/sha256.hpp"

namespace pintle::importer {
namespace {

constexpr std::size_t id_digits = 32;

bool missing(mapping::Value value) {
    return !value || value.is(mapping::Kind::null);
}

}  // namespace

mapping::Result<void> Preparing::prepare(const Line& line, std::string& event) {
    if (line.text.find_first_not_of(" \t") != line.text.find('{')) return Reason::event_not_an_object;
    if (auto parsed = event_.parse(line.text); !parsed) return parsed;
    if (!mapping::read_identifier(event_["messageId"])) {
        const auto id = sha256(identity_ + ' ' + std::to_string(line.offset) + ' ' + line.text).substr(0, id_digits);
        event_.set("messageId", "\"pintle-" + id + '"');
    }
    // By its `sentAt` the ingest would take a sender's clock for wrong that was right long ago.
    if (missing(event_["timestamp"]) && mapping::read_time(event_["originalTimestamp"])) {
        event_.set("timestamp", event_["originalTimestamp"].raw());
    }
    event.clear();
    event_.write(event);
    return {};
}

}  // namespace pintle::importer
