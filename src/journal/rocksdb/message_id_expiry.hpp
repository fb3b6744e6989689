#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

void read_message_ids(const Store& store, WallTime since, const Journal::VisitMessageIds& visit);

// The sources with message ids on disk, as far as they can be read.
std::vector<std::string> sources_with_message_ids(const Store& store);

// Decides when stored message ids are deleted: when they are older than the window, or when there are more than
// `limit`. Then the source with the most ids loses its oldest, so that a flood of one source does not make another's
// duplicates look new. No I/O, no clock: its time is that of the ids. Not thread-safe.
class MessageIdExpiry {
public:
    // `sources` already have ids. Their number is unknown; they expire by age.
    MessageIdExpiry(std::chrono::milliseconds window, std::size_t limit, const std::vector<std::string>& sources);

    bool enabled() const { return window_.count() > 0; }

    // `count` ids of the source were stored at `time`.
    void add(std::string_view source, std::size_t count, WallTime time);

    // To delete now: all ids of a source from before a time.
    struct Expired {
        std::string source;
        WallTime before;
    };
    std::vector<Expired> due();

private:
    // Consecutive ids, which are deleted together.
    struct Segment {
        WallTime begin;
        std::size_t count = 0;
    };
    struct Source {
        std::deque<Segment> segments;
        std::size_t count = 0;
        WallTime latest;
    };

    void expire_by_age(std::vector<Expired>& expired);
    bool expire_of_largest(std::vector<Expired>& expired);
    void drop_oldest(Source& source);

    std::chrono::milliseconds window_;
    std::size_t limit_;
    std::size_t segment_;  // ids per segment
    std::map<std::string, Source, std::less<>> sources_;
    std::size_t count_ = 0;
    WallTime latest_;
    WallTime next_;  // when ids may expire next; the epoch: unknown yet
};

}  // namespace pintle::journal
