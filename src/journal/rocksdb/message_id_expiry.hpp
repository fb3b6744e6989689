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

void read_seen_since(const Store& store, WallTime since, const Journal::VisitMessageIds& visit);

// The sources whose message ids are on disk, as far as it can be read.
std::vector<std::string> sources_of_seen(const Store& store);

// When remembered message ids are forgotten: once they are older than the window, or once there are more than `limit`.
// Then the source that has most forgets its oldest, so that a flood of one does not make another's repeats new. No I/O,
// no clock: its time is that of what is remembered. Not thread-safe.
class MessageIdExpiry {
public:
    // `sources`: who has some already. How many is not counted; the window ends them.
    MessageIdExpiry(std::chrono::milliseconds window, std::size_t limit, const std::vector<std::string>& sources);

    bool remembers() const { return window_.count() > 0; }

    // So many ids of that source are remembered as of `time`.
    void add(std::string_view source, std::size_t count, WallTime time);

    // What is to be deleted now: of a source all ids from before a time.
    struct Forgotten {
        std::string source;
        WallTime before;
    };
    std::vector<Forgotten> due();

private:
    // Ids that came one after another; they go together.
    struct Segment {
        WallTime begin;
        std::size_t count = 0;
    };
    struct Source {
        std::deque<Segment> segments;
        std::size_t count = 0;
        WallTime latest;
    };

    void forget_by_age(std::vector<Forgotten>& forgotten);
    bool forget_of_largest(std::vector<Forgotten>& forgotten);
    void drop_oldest(Source& source);

    std::chrono::milliseconds window_;
    std::size_t limit_;
    std::size_t segment_;  // ids that one has
    std::map<std::string, Source, std::less<>> sources_;
    std::size_t count_ = 0;
    WallTime latest_;
    WallTime next_;  // when the window is looked at again; the epoch: not known yet
};

}  // namespace pintle::journal
