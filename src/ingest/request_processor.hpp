#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "batch_defaults.hpp"
#include "consent.hpp"
#include "enrichment.hpp"
#include "event_outcomes.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/json/validator.hpp"
#include "routes.hpp"
#include "slice.hpp"
#include "split.hpp"

namespace pintle::ingest {

// An event to append to one destination's stream: a record, or a dead letter if it cannot be mapped.
struct Item {
    MessageHash message{};
    std::string record;
    std::unique_ptr<journal::DeadLetter> letter;
    std::size_t destination = 0;  // of the source's destinations
    std::size_t event = 0;        // of the request's events
};

// An event that one destination drops, for the event stream.
struct Dropped {
    MessageHash message{};
    std::string event;
    Reason reason;
    std::size_t destination = 0;  // of the source's destinations
};

// Semantic events that one destination does not act on.
struct InactiveSemanticEvent {
    enum class Cause : std::uint8_t {
        not_listed,  // `semantic_events` lacks it: it is an ordinary event
        filtered,    // the destination's filter drops it, although `semantic_events` lists it
    };

    customerio::SemanticEvent event{};
    std::size_t destination = 0;  // of the source's destinations
    Cause cause = Cause::not_listed;
    std::uint64_t count = 0;
};

// What becomes of a request's events at one destination.
struct OutcomeCounts {
    std::size_t integration_disabled = 0;
    std::size_t consent_denied = 0;
    std::size_t filtered = 0;
    // Known once duplicates are found.
    std::size_t records = 0;
    std::size_t duplicates = 0;
    std::vector<Reason> letters;  // their reasons
};

// The result of processing a request's events.
struct ProcessedRequest {
    std::vector<Item> items;  // of each destination in the order of the events
    std::size_t events = 0;
    std::array<std::size_t, customerio::event_types.size()> types{};  // of those that were examined
    boost::container::small_vector<OutcomeCounts, 1> outcomes;        // of each of the source's destinations
    bool watched = false;                                             // `dropped` is to be filled for the event stream
    std::vector<Dropped> dropped;                                     // if `watched`
    EventOutcomes event_outcomes;                                     // if the sender asks
    std::vector<InactiveSemanticEvent> inactive_semantic_events;      // each event, destination and cause once
};

// Where a record of a topic stands. The views must live until the record is processed.
struct RecordOrigin {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::optional<WallTime> time;  // of the record
};

// Why a request is not processed, as its answer.
struct Rejection {
    unsigned status = 400;
    Reason reason;
    const Destination* destination = nullptr;  // whose reason it is; null: it concerns all alike
};

template <class T>
using RejectionOr = boost::system::result<T, Rejection>;

// Turns a request's body into records: splits, validates, enriches, filters and maps its events. Call `open`, then
// `split` until it is done, `begin`, then `process` until it is done: both continue where the last slice ended. No I/O;
// the time is passed in. Not thread-safe; reuses its buffers.
class RequestProcessor {
public:
    explicit RequestProcessor(const Options& options);

    // Starts with a body, which must live until all of it is processed.
    Result<void> open(std::string& body, const Route& route);
    // Splits the body into its events.
    Result<Progress> split(Slice& slice) { return splitter_.resume(slice); }

    std::size_t body_bytes() const noexcept { return body_; }
    std::size_t events() const noexcept { return split_.events.size(); }  // found so far

    // The maximum memory for a body of that size, without the body and the records.
    std::size_t working_bytes(std::size_t body) const noexcept;

    // The maximum size of the records and dead letters that the body can produce for one destination, including the
    // defaults of its batch. Known before any of them is made.
    std::size_t expanded_bytes() const noexcept;

    // The write key in the body; empty if there is none.
    std::string body_key();

    // Prepares to process the events for one of the options' sources. `record`: where the body is a record of a topic.
    void begin(const Source& source, const Route& route, WallTime now, ProcessedRequest& processed,
               WallTime age_start = {}, std::optional<RecordOrigin> record = {});

    // Makes a dead letter for each destination of a record that cannot be read as events, instead of what it has become
    // so far. Needs no `open`.
    void dead_letter(const Source& source, const RecordOrigin& record, std::string value, Reason reason, WallTime now,
                     ProcessedRequest& processed);

    // Processes events until the slice is spent. A rejection applies to the whole request.
    RejectionOr<Progress> process(Slice& slice);

private:
    bool needs_validation(json::TokenSpan event) const;
    RejectionOr<void> begin_validation(json::TokenSpan event);
    RejectionOr<Progress> check(json::TokenSpan event, Slice& slice);
    // The settings of a source, prepared.
    struct SourcePolicy {
        std::vector<customerio::Mapper> mappers;  // by destination
        std::uint8_t forbidden = 0;               // bits of event types
        bool needs_consent = false;               // by a destination
    };
    // Why a destination cannot take the event.
    struct DestinationRejection {
        std::size_t destination = 0;
        unsigned status = 400;
        Reason reason;
    };

    SourcePolicy& policy() { return policies_[static_cast<std::size_t>(source_ - options_.sources.data())]; }
    const SourcePolicy& policy() const {
        return policies_[static_cast<std::size_t>(source_ - options_.sources.data())];
    }
    RejectionOr<void> process_event(json::TokenSpan event);
    RejectionOr<void> finish_rejected();
    RejectionOr<void> reject(json::TokenSpan event, unsigned status, Reason reason);
    void reject_large(json::TokenSpan event);
    void read_summary();
    bool drop_if_unwanted(std::size_t destination, json::Value consent);
    json::Value consent() const;
    std::optional<Reason> forbidden_type() const;
    void note_inactive(std::size_t destination, InactiveSemanticEvent::Cause cause);
    std::string_view message_id() const;
    std::string record_id() const;
    std::string letter_id(json::TokenSpan event) const;
    void count_type(std::string_view type);
    void add_record(std::size_t destination);
    void add_dead_letter(std::size_t destination, std::string event, std::string_view id, Reason reason,
                         std::optional<customerio::SemanticEvent> semantic_event = {});
    std::optional<customerio::SemanticEvent> semantic_event(std::size_t destination) const;

    static constexpr std::size_t no_record = SIZE_MAX;

    const Options& options_;
    std::vector<SourcePolicy> policies_;  // by source
    Splitter splitter_;
    SplitBody split_;
    BatchDefaults defaults_;
    json::Event context_;  // of the batch
    json::Event event_;
    customerio::Mapped mapped_;
    json::Validator validator_;
    std::string text_;

    // The current request.
    std::size_t body_ = 0;  // bytes
    const Source* source_ = nullptr;
    Route route_;
    std::optional<ReceiveTime> now_;
    WallTime age_start_;  // for the records
    std::optional<RecordOrigin> origin_;
    ProcessedRequest* processed_ = nullptr;
    std::size_t next_ = 0;     // of the parts' events
    bool validating_ = false;  // the next event, with the validator
    // The current event.
    boost::container::small_vector<DestinationRejection, 1> rejections_;
    std::size_t record_ = no_record;  // of the items: its first record
    std::size_t head_ = 0;            // bytes of that record before the event
};

}  // namespace pintle::ingest
