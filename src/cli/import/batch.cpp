#include "import/batch.hpp"

#include <algorithm>

namespace pintle::cli::importer {

bool ImportBatch::takes(std::string_view event) const noexcept {
    return events_.empty() || bytes_ + event.size() + 1 <= limits_.bytes;
}

void ImportBatch::advance(const Line& line) {
    ++lines_;
    end_ = line.end;
    last_line_ = line.number;
}

void ImportBatch::add(Line line, std::string event, TimeKind time) {
    advance(line);
    times_.add(time);
    bytes_ += event.size() + 1;
    events_.emplace_back(std::move(line), std::move(event));
}

void ImportBatch::skip(const Line& line) {
    advance(line);
}

void ImportBatch::reject(Line line, std::string reason) {
    advance(line);
    bytes_ += line.text.size();
    rejected_.push_back({line.number, std::move(line.text), std::move(reason)});
}

void ImportBatch::reject_event(std::size_t index, std::string reason) {
    const auto& line = events_[index].first;
    rejected_.push_back({line.number, line.text, std::move(reason)});
}

void ImportBatch::add_outcomes(std::size_t first, const Outcomes& outcomes) {
    counts_ += {outcomes.accepted, outcomes.duplicates, outcomes.dropped, outcomes.dead_letters.size()};
    for (const auto& [event, reason] : outcomes.dead_letters)
        dead_letters_.push_back({events_.at(first + event).first.number, reason});
}

std::string ImportBatch::body(std::size_t first, std::size_t count) const {
    std::string body = R"({"batch":[)";
    for (std::size_t i = first; i < first + count; ++i) {
        if (i > first) body += ',';
        body += events_[i].second;
    }
    return body + "]}";
}

const std::vector<RejectedLine>& ImportBatch::rejected() {
    std::ranges::sort(rejected_, {}, &RejectedLine::number);
    return rejected_;
}

Bisection::Bisection(std::size_t events) {
    if (events > 0) left_.push_back({0, events});
}

bool Bisection::on_rejected() {
    const auto [first, count] = left_.back();
    left_.pop_back();
    if (count == 1) return true;
    const auto half = count / 2;
    left_.push_back({first + half, count - half});
    left_.push_back({first, half});
    return false;
}

}  // namespace pintle::cli::importer
