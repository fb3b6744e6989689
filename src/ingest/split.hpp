#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pintle/base/result.hpp"
#include "pintle/json/event.hpp"
#include "pintle/json/tokens.hpp"
#include "pintle/json/validator.hpp"
#include "routes.hpp"
#include "slice.hpp"

namespace pintle::ingest {

// A request's body, split into its events.
struct SplitBody {
    json::Tokens tokens;                  // of the whole body
    std::vector<json::TokenSpan> events;  // JSON texts that are not validated yet
    bool batch = false;                   // invalid events become dead letters instead of failing the request
    bool enveloped = false;               // the batch stands in an object that has other members too
    // Members of that object, valid JSON.
    std::optional<json::TokenSpan> sent_at;
    std::optional<json::TokenSpan> context;
    std::optional<json::TokenSpan> write_key;
};

// Splits bodies, in slices. Its memory depends only on the number of events, at most `max_events`. Not thread-safe.
class Splitter {
public:
    explicit Splitter(std::size_t max_events) : max_events_(max_events) {}

    // Begins with a body, which must not change while the result is used.
    Result<void> begin(std::string& body, Form form, SplitBody& split);

    // Continues until the slice is spent or the body is split. Validates all but the events: the body is valid JSON if
    // each event is.
    Result<Progress> resume(Slice& slice);

private:
    enum class State : unsigned char { element, member, value, replaced_batch, finished };

    Result<void> step(Slice& slice);
    Result<void> read_element(Slice& slice);
    Result<void> read_member(Slice& slice);
    Result<void> read_value(Slice& slice);
    void validate(std::size_t token, State next);
    void begin_batch();
    Result<void> end_member(json::TokenSpan value);
    Result<void> end_envelope();
    Result<void> finish();

    std::size_t max_events_;
    SplitBody* split_ = nullptr;
    State state_ = State::finished;
    std::size_t at_ = 0;  // the next token
    json::Validator validator_;
    std::size_t name_ = 0;                  // token of the current member's name
    std::size_t value_ = 0;                 // first token of its value
    std::optional<json::TokenSpan> batch_;  // the last `batch` member, if it is an array
    bool no_array_ = false;                 // the last `batch` member is neither an array nor null
};

}  // namespace pintle::ingest
