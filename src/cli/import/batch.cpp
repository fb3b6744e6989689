#include "import/batch.hpp"

#include <algorithm>

namespace pintle::cli::importer {

bool Batch::takes(std::string_view event) const noexcept {
    return events_.empty() || bytes_ + event.size() + 1 <= limits_.bytes;
}

void Batch::pass(const Line& line) {
    ++lines_;
    end_ = line.end;
    last_line_ = line.number;
}

void Batch::add(Line line, std::string event) {
    pass(line);
    bytes_ += event.size() + 1;
    events_.emplace_back(std::move(line), std::move(event));
}

void Batch::skip(const Line& line) {
    pass(line);
}

void Batch::reject(Line line, std::string reason) {
    pass(line);
    bytes_ += line.text.size();
    rejected_.push_back({line.number, std::move(line.text), std::move(reason)});
}

void Batch::reject_event(std::size_t index, std::string reason) {
    const auto& line = events_[index].first;
    ++refused_;
    rejected_.push_back({line.number, line.text, std::move(reason)});
}

std::string Batch::body(std::size_t first, std::size_t count) const {
    std::string body = R"({"batch":[)";
    for (std::size_t i = first; i < first + count; ++i) {
        if (i > first) body += ',';
        body += events_[i].second;
    }
    return body + "]}";
}

const std::vector<Rejected>& Batch::rejected() {
    std::ranges::sort(rejected_, {}, &Rejected::number);
    return rejected_;
}

Bisection::Bisection(std::size_t events) {
    if (events > 0) left_.push_back({0, events});
}

bool Bisection::refused() {
    const auto [first, count] = left_.back();
    left_.pop_back();
    if (count == 1) return true;
    const auto half = count / 2;
    left_.push_back({first + half, count - half});
    left_.push_back({first, half});
    return false;
}

}  // namespace pintle::cli::importer
