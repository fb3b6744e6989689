#include "sse_reader.hpp"

#include <utility>

namespace pintle::cli {

std::vector<ServerSent> SseReader::read(std::string_view piece) {
    std::vector<ServerSent> events;
    while (!piece.empty()) {
        if (std::exchange(after_return_, false) && piece.front() == '\n') {
            piece.remove_prefix(1);
            continue;
        }
        const auto end = piece.find_first_of("\r\n");
        line_.append(piece.substr(0, end));
        if (end == std::string_view::npos) break;
        after_return_ = piece[end] == '\r';
        piece.remove_prefix(end + 1);
        take_line(line_, events);
        line_.clear();
    }
    return events;
}

void SseReader::take_line(std::string_view line, std::vector<ServerSent>& events) {
    if (line.empty()) {
        if (std::exchange(any_data_, false)) {
            if (event_.name.empty()) event_.name = "message";
            events.push_back(std::move(event_));
        }
        event_ = {};
        return;
    }
    const auto colon = line.find(':');
    const auto field = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") {
        event_.name = value;
    } else if (field == "data") {
        if (std::exchange(any_data_, true)) event_.data += '\n';
        event_.data += value;
    }
}

}  // namespace pintle::cli
