#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch_defaults.hpp"
#include "consent.hpp"
#include "enrichment.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/json/validator.hpp"
#include "routes.hpp"
#include "slice.hpp"
#include "split.hpp"

namespace pintle::ingest {

// An event on its way to the journal: a record, or where it cannot be mapped a dead letter.
struct Item {
    MessageHash message{};
    std::string record;
    std::unique_ptr<journal::DeadLetter> letter;
};

// An event that its sender did not want to go on, for who looks.
struct Dropped {
    MessageHash message{};
    std::string event;
    Reason reason;
};

// What became of a request's events.
struct ProcessedRequest {
    std::vector<Item> items;
    std::size_t events = 0;
    std::array<std::size_t, customerio::event_types.size()> types{};  // of those that were looked at
    std::size_t integration_disabled = 0;
    std::size_t consent_denied = 0;
    bool watched = false;          // somebody looks: `dropped` is wanted
    std::vector<Dropped> dropped;  // by integrations or consent
};

// Why a request is not taken, as its answer.
struct Rejection {
    unsigned status = 400;
    Reason reason;
};

template <class T>
using Outcome = boost::system::result<T, Rejection>;

// From a body to records: cuts, validates, stamps, filters and maps. `open` a body, `cut` it until that is done,
// `begin`, and `take` until that is done: both go on where they stopped as their slice was spent. No I/O; the time is
// passed in. Not thread-safe; its buffers are reused.
class RequestProcessor {
public:
    explicit RequestProcessor(const Options& options);

    // A new body, which must live until all of it is taken.
    Result<void> open(std::string& body, const Route& route);
    // Cuts it.
    Result<Progress> cut(Slice& slice) { return splitter_.go_on(slice); }

    std::size_t body_bytes() const noexcept { return body_; }
    std::size_t events() const noexcept { return parts_.events.size(); }  // as far as it could be cut

    // Memory that the intake needs at most for a body of so many bytes, beside the body and what becomes of its events.
    std::size_t working_bytes(std::size_t body) const noexcept;

    // At most so many bytes become of the opened body: its events with what their batch says of them, and what a
    // record or a dead letter needs beside its event. Known before any of it is made.
    std::size_t expanded_bytes() const noexcept;

    // The write key at the top of the body; empty where there is none.
    std::string body_key();

    // The opened body's events are to be taken for that source, of which the intake's options are.
    void begin(const Source& source, const Route& route, WallTime now, ProcessedRequest& taken,
               WallTime age_start = {});

    // Some of them, or all. A rejection is for the whole request: nothing of it is to be kept.
    Outcome<Progress> take(Slice& slice);

private:
    bool needs_check(json::TokenSpan event) const;
    Outcome<void> begin_check(json::TokenSpan event);
    Outcome<Progress> check(json::TokenSpan event, Slice& slice);
    Outcome<void> take_event(json::TokenSpan event);
    Outcome<void> reject(json::TokenSpan event, unsigned status, Reason reason);
    Outcome<void> reject_stamped(unsigned status, Reason reason);
    void reject_large(json::TokenSpan event);
    void read_reduced();
    bool drop_if_opted_out(json::Value consent);
    json::Value consent() const;
    std::optional<Reason> forbidden_type() const;
    std::string_view message_id() const;
    void count_type(std::string_view type);
    Item record(const OrderingKeys& keys);
    Item dead_letter(std::string event, std::string_view id, Reason reason);

    const Options& options_;
    std::vector<customerio::Mapper> mappers_;  // one a source
    std::vector<std::uint8_t> forbidden_;      // types of events, as bits, of each source
    Splitter splitter_;
    Parts parts_;
    BatchDefaults defaults_;
    json::Event context_;  // of the batch
    json::Event event_;
    customerio::Mapped mapped_;
    json::Validator validator_;
    std::string text_;

    // What is taken now.
    std::size_t body_ = 0;  // bytes
    const Source* source_ = nullptr;
    Route route_;
    std::optional<ReceiveTime> now_;
    WallTime age_start_;  // as a record says it
    ProcessedRequest* taken_ = nullptr;
    std::size_t next_ = 0;   // of the parts' events
    bool checking_ = false;  // it, by the validator
};

}  // namespace pintle::ingest
