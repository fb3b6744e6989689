#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pintle::cli {

// A server-sent event. Of those without a name it is `message`.
struct ServerSent {
    std::string name;
    std::string data;
    bool operator==(const ServerSent&) const = default;
};

// Puts server-sent events together (https://html.spec.whatwg.org/multipage/server-sent-events.html), whatever pieces
// they come in. Comments and the fields `id` and `retry` are passed over. Pure.
class SseReader {
public:
    // Those that are whole with this piece.
    std::vector<ServerSent> read(std::string_view piece);

private:
    void take_line(std::string_view line, std::vector<ServerSent>& events);

    std::string line_;           // its beginning
    bool after_return_ = false;  // a line feed that follows belongs to it
    bool any_data_ = false;
    ServerSent event_;
};

}  // namespace pintle::cli
