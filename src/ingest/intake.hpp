#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/batch_defaults.hpp"
#include "ingest/message_hash.hpp"
#include "ingest/optout.hpp"
#include "ingest/routes.hpp"
#include "ingest/slice.hpp"
#include "ingest/split.hpp"
#include "ingest/stamp.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/mapping/validator.hpp"

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
struct Taken {
    std::vector<Item> items;
    std::size_t events = 0;
    std::array<std::size_t, mapping::event_types.size()> types{};  // of those that were looked at
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
class Intake {
public:
    explicit Intake(const Options& options);

    // A new body, which must live until all of it is taken.
    mapping::Result<void> open(std::string& body, const Route& route);
    // Cuts it.
    mapping::Result<Progress> cut(Slice& slice) { return splitter_.go_on(slice); }

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
    void begin(const Source& source, const Route& route, WallTime now, Taken& taken, WallTime age_start = {});

    // Some of them, or all. A rejection is for the whole request: nothing of it is to be kept.
    Outcome<Progress> take(Slice& slice);

private:
    bool needs_check(mapping::TokenSpan event) const;
    Outcome<void> begin_check(mapping::TokenSpan event);
    Outcome<Progress> check(mapping::TokenSpan event, Slice& slice);
    Outcome<void> take_event(mapping::TokenSpan event);
    Outcome<void> reject(mapping::TokenSpan event, unsigned status, Reason reason);
    Outcome<void> reject_stamped(unsigned status, Reason reason);
    void reject_large(mapping::TokenSpan event);
    void read_reduced();
    bool drop_if_opted_out(mapping::Value consent);
    mapping::Value consent() const;
    std::optional<Reason> forbidden_type() const;
    std::string_view message_id() const;
    void count_type(std::string_view type);
    Item record(const mapping::Keys& keys);
    Item dead_letter(std::string event, std::string_view id, Reason reason);

    const Options& options_;
    std::vector<mapping::Mapper> mappers_;  // one a source
    std::vector<std::uint8_t> forbidden_;   // types of events, as bits, of each source
    Splitter splitter_;
    Parts parts_;
    BatchDefaults defaults_;
    mapping::Event context_;  // of the batch
    mapping::Event event_;
    mapping::Mapped mapped_;
    mapping::Validator validator_;
    std::string text_;

    // What is taken now.
    std::size_t body_ = 0;  // bytes
    const Source* source_ = nullptr;
    Route route_;
    std::optional<Moment> now_;
    WallTime age_start_;  // as a record says it
    Taken* taken_ = nullptr;
    std::size_t next_ = 0;   // of the parts' events
    bool checking_ = false;  // it, by the validator
};

}  // namespace pintle::ingest
