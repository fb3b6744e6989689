#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::ingest {

// What one destination asks of an event.
struct RequestPolicy {
    customerio::Options mapping;
    std::vector<std::string> consent_categories;
    std::size_t max_event = 32'000;  // bytes
};

// Takes the event of a dead letter in once more, as its arrival did: stamps it (which changes nothing where it was
// stamped already), looks for an opt-out and maps it. No I/O; the time is passed in. Not thread-safe.
class Replayer {
public:
    explicit Replayer(RequestPolicy rules);
    ~Replayer();
    Replayer(Replayer&&) noexcept;
    Replayer& operator=(Replayer&&) noexcept;

    // Overwrites `record` by what is to be appended, replayed at `now`; or says why the letter has to stay. However
    // often a letter is replayed, its event gets the same messageId and the same times. `age_start`: as a record says
    // it.
    Result<void> take(const journal::DeadLetter& letter, WallTime now, WallTime age_start, std::string& record);
    Result<void> take(const journal::DeadLetter& letter, WallTime now, std::string& record) {
        return take(letter, now, {}, record);
    }

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::ingest
