#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pintle::cli {

// A server-sent event; its default name is `message`.
struct ServerSent {
    std::string name;
    std::string data;
    bool operator==(const ServerSent&) const = default;
};

// Puts server-sent events together (https://html.spec.whatwg.org/multipage/server-sent-events.html), whatever pieces
// they come in. Comments and the fields `id` and `retry` are passed over. Pure.
class SseReader {
public:
    // The events that this piece completes.
    std::vector<ServerSent> read(std::string_view piece);

private:
    void take_line(std::string_view line, std::vector<ServerSent>& events);

    std::string line_;           // the beginning of an incomplete line
    bool after_return_ = false;  // a line feed that follows ends the same line
    bool any_data_ = false;
    ServerSent event_;
};

}  // namespace pintle::cli
