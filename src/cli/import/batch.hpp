#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/line.hpp"

namespace pintle::cli::importer {

struct Limits {
    std::size_t events = 500;
    std::size_t bytes = 1'000'000;  // of a request's body, unless one event alone has more; the ingest takes 4,000 KiB
};

// A line that is not sent, and why.
struct Rejected {
    std::uint64_t number = 0;
    std::string text;
    std::string reason;
};

// Some lines of a file, in order: events to be sent together, and what is not sent.
class Batch {
public:
    explicit Batch(const Limits& limits) : limits_(limits) {}

    bool empty() const noexcept { return lines_ == 0; }
    bool full() const noexcept { return lines_ >= limits_.events || bytes_ >= limits_.bytes; }
    bool takes(std::string_view event) const noexcept;  // the first one always

    void add(Line line, std::string event);
    void skip(const Line& line);  // a blank one
    void reject(Line line, std::string reason);
    void reject_event(std::size_t index, std::string reason);  // one that was to be sent

    std::size_t events() const noexcept { return events_.size(); }
    std::size_t accepted() const noexcept { return events_.size() - refused_; }  // all but those rejected meanwhile
    std::string body(std::size_t first, std::size_t count) const;

    const std::vector<Rejected>& rejected();  // by line

    // Behind its last line.
    std::uint64_t end() const noexcept { return end_; }
    std::uint64_t last_line() const noexcept { return last_line_; }

private:
    void pass(const Line& line);

    Limits limits_;
    std::size_t lines_ = 0;
    std::size_t bytes_ = 0;
    std::size_t refused_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t last_line_ = 0;
    std::vector<std::pair<Line, std::string>> events_;
    std::vector<Rejected> rejected_;
};

// Which events of a batch are sent next: all, or where they were refused together the halves, down to the guilty ones.
class Bisection {
public:
    struct Range {
        std::size_t first = 0;
        std::size_t count = 0;
    };

    explicit Bisection(std::size_t events);

    bool done() const noexcept { return left_.empty(); }
    Range next() const noexcept { return left_.back(); }

    void taken() { left_.pop_back(); }
    bool refused();  // true: `next` was one event alone, which is done with

private:
    std::vector<Range> left_;  // the next one last
};

}  // namespace pintle::cli::importer
