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

// A request's body, cut into its events.
struct Parts {
    json::Tokens tokens;                  // of the whole body
    std::vector<json::TokenSpan> events;  // each a JSON text that is still to be validated
    bool batch = false;                   // bad events become dead letters instead of failing the request
    bool enveloped = false;               // the batch stands in an object that has more to say
    // Of that object, where it has them: valid JSON values.
    std::optional<json::TokenSpan> sent_at;
    std::optional<json::TokenSpan> context;
    std::optional<json::TokenSpan> write_key;
};

// Cuts bodies, in slices. Beside the places of at most `max_events` events it needs no memory, whatever the body holds.
// Not thread-safe.
class Splitter {
public:
    explicit Splitter(std::size_t max_events) : max_events_(max_events) {}

    // Begins with a body, which must stay as it is while the parts are used.
    Result<void> begin(std::string& body, Form form, Parts& parts);

    // Until the slice is spent or the parts are complete. What surrounds a batch's events is validated, the events
    // themselves are not. Together: where every event is valid JSON, so is the body.
    Result<Progress> go_on(Slice& slice);

private:
    enum class Place : unsigned char { element, member, value, replaced_batch, finished };

    Result<void> step(Slice& slice);
    Result<void> read_element(Slice& slice);
    Result<void> read_member(Slice& slice);
    Result<void> read_value(Slice& slice);
    void validate(std::size_t token, Place place);
    void begin_batch();
    Result<void> end_member(json::TokenSpan value);
    Result<void> end_envelope();
    Result<void> finish();

    std::size_t max_events_;
    Parts* parts_ = nullptr;
    Place place_ = Place::finished;
    std::size_t at_ = 0;  // the token to go on with
    json::Validator validator_;
    std::size_t name_ = 0;                  // of the member whose value is read
    std::size_t value_ = 0;                 // where that begins
    std::optional<json::TokenSpan> batch_;  // the latest, where it is an array
    bool no_array_ = false;                 // the latest is something else, and not null
};

}  // namespace pintle::ingest
