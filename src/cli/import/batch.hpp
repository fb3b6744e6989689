#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/event_time.hpp"
#include "import/line.hpp"
#include "import/response.hpp"

namespace pintle::cli::importer {

struct Limits {
    std::size_t events = 500;
    std::size_t bytes = 1'000'000;  // of a request body with more than one event; ingest accepts 4,000 KiB
};

// A line that is not sent, with the reason.
struct RejectedLine {
    std::uint64_t number = 0;
    std::string text;
    std::string reason;
};

// A line whose event the daemon keeps as a dead letter.
struct DeadLetterLine {
    std::uint64_t number = 0;
    std::string reason;  // its code
};

// A line whose event has a time that its user may not expect.
struct TimeLine {
    std::uint64_t number = 0;
    TimeKind kind = TimeKind::recent;
    std::string message;
};

// What became of a file's events.
struct EventCounts {
    std::uint64_t accepted = 0;    // for delivery
    std::uint64_t duplicates = 0;  // dropped as repeats
    std::uint64_t dropped = 0;     // for other reasons
    std::uint64_t dead_letters = 0;

    std::uint64_t total() const noexcept { return accepted + duplicates + dropped + dead_letters; }
    EventCounts& operator+=(const EventCounts& more) noexcept {
        accepted += more.accepted;
        duplicates += more.duplicates;
        dropped += more.dropped;
        dead_letters += more.dead_letters;
        return *this;
    }
};

// Consecutive lines of a file: the events of one request, and the lines that are not sent.
class ImportBatch {
public:
    explicit ImportBatch(const Limits& limits) : limits_(limits) {}

    bool empty() const noexcept { return lines_ == 0; }
    bool full() const noexcept { return lines_ >= limits_.events || bytes_ >= limits_.bytes; }
    bool takes(std::string_view event) const noexcept;  // true for the first event

    void add(Line line, std::string event, TimeKind time = TimeKind::recent);
    void skip(const Line& line);  // a blank line
    void reject(Line line, std::string reason);
    void reject_event(std::size_t index, std::string reason);        // an event of this batch
    void add_outcomes(std::size_t first, const Outcomes& outcomes);  // of the events from `first` on

    std::size_t events() const noexcept { return events_.size(); }
    const EventCounts& counts() const noexcept { return counts_; }
    const TimeCounts& times() const noexcept { return times_; }
    std::string body(std::size_t first, std::size_t count) const;

    const std::vector<RejectedLine>& rejected();  // by line
    const std::vector<DeadLetterLine>& dead_letters() const noexcept { return dead_letters_; }

    // The offset after its last line.
    std::uint64_t end() const noexcept { return end_; }
    std::uint64_t last_line() const noexcept { return last_line_; }

private:
    void advance(const Line& line);

    Limits limits_;
    std::size_t lines_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t last_line_ = 0;
    std::vector<std::pair<Line, std::string>> events_;
    std::vector<RejectedLine> rejected_;
    EventCounts counts_;
    TimeCounts times_;
    std::vector<DeadLetterLine> dead_letters_;
};

// Which events of a batch are sent next: all of them, or after a rejection each half, down to the rejected events.
class Bisection {
public:
    struct Range {
        std::size_t first = 0;
        std::size_t count = 0;
    };

    explicit Bisection(std::size_t events);

    bool done() const noexcept { return left_.empty(); }
    Range next() const noexcept { return left_.back(); }

    void on_accepted() { left_.pop_back(); }
    bool on_rejected();  // true: the rejected request was a single event

private:
    std::vector<Range> left_;  // `next` is the last one
};

}  // namespace pintle::cli::importer
