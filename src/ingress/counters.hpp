#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingress/intake.hpp"
#include "pintle/count/counter.hpp"
#include "pintle/count/histogram.hpp"
#include "pintle/count/per_thread.hpp"
#include "pintle/ingress/counts.hpp"
#include "pintle/ingress/ingress.hpp"

namespace pintle::ingress {

inline constexpr count::Bounds answer_bounds = [] {
    using namespace std::chrono_literals;
    return count::Bounds{250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 10s};
}();

// What of a request's events is new.
struct Kept {
    std::size_t records = 0;
    std::size_t duplicates = 0;             // that are not
    std::vector<std::string_view> letters;  // their reasons
};

// What Ingress counts. Thread-safe.
class Counters {
public:
    explicit Counters(const std::vector<Source>& sources);

    // `taken` are all events of a request of the source with that index, and none of them is kept.
    void refused(std::size_t source, const Taken& taken, std::string_view reason);
    // A request of which no source is known.
    void refused(std::string_view reason) { strangers_.add(reason); }
    // All that is to be kept of `taken` is on disk.
    void kept(std::size_t source, const Taken& taken, const Kept& kept);
    void answered(count::Time time) { threads_.mine().answers.add(time); }

    Counts counts() const;

private:
    // What every event adds to.
    struct alignas(64) Hot {
        std::array<count::Counter, mapping::event_types.size()> received;
        count::Counter accepted;
        count::Counter duplicate;
        count::Counter integration_disabled;
        count::Counter consent_denied;
    };
    struct alignas(64) Thread {
        explicit Thread(std::size_t count) : sources(count) {}
        std::vector<Hot> sources;
        count::Histogram answers{answer_bounds};
    };
    struct Rare {
        explicit Rare(const Source& source);
        std::string name;
        std::string destination;
        count::Tally dead;
        count::Tally refused;
    };

    static void count_received(Hot& source, const Taken& taken);

    std::vector<std::unique_ptr<Rare>> sources_;
    count::Tally strangers_;
    count::PerThread<Thread> threads_;
};

}  // namespace pintle::ingress
