#pragma once

#include <string>
#include <vector>

#include "ingress/routes.hpp"
#include "pintle/mapping/event.hpp"
#include "pintle/mapping/tokens.hpp"

namespace pintle::ingress {

inline constexpr mapping::Refusal empty_batch{"empty batch payload"};
inline constexpr mapping::Refusal batch_not_array{"batch must be an array"};

// A request's body, cut into its events.
struct Parts {
    mapping::Tokens tokens;                  // of the whole body
    std::vector<mapping::TokenSpan> events;  // each a JSON text that is still to be validated
    bool batch = false;                      // bad events become dead letters instead of failing the request
    bool enveloped = false;                  // the batch stands in an object that has more to say
};

// Cuts bodies. Not thread-safe; its buffers are reused.
class Splitter {
public:
    // `body` must stay as it is while the parts are used. What surrounds a batch's events is validated into `envelope`
    // (its sentAt, context, writeKey); the events themselves are not. Together: where every event is valid JSON, so is
    // the body.
    mapping::Result<void> split(std::string& body, Form form, Parts& parts, mapping::Event& envelope);

private:
    // A member of an enveloping object, and which of the parts' events are its elements.
    struct Array {
        mapping::TokenSpan span;
        std::size_t first = 0;
        std::size_t count = 0;
    };

    mapping::Result<void> split_batch(const std::string& body, Parts& parts, mapping::Event& envelope);
    bool find_arrays(Parts& parts);
    mapping::Result<void> read_envelope(const std::string& body, const mapping::Tokens& tokens,
                                        mapping::Event& envelope);
    const Array* batch_of(const mapping::Event& envelope) const;

    std::vector<Array> arrays_;
    std::string surroundings_;
};

}  // namespace pintle::ingress
