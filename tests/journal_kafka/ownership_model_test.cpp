#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "kafka/ledger_codec.hpp"
#include "kafka/ledger_state.hpp"
#include "kafka/ownership.hpp"
#include "settings.hpp"

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using Action = Ownership::Action;
using Change = Ownership::Change;

constexpr std::size_t node_count = 4;

bool is_duplicate(Offset event) {
    return event % 13 == 0;
}

bool is_rejected(Offset event) {
    return event % 17 == 1;
}

// A request that Customer.io answers at `answered`, by the true time.
struct Request {
    Offset event = 0;
    BootTime answered{};
    bool succeeds = true;
};

struct Produced {
    std::string bytes;
    BootTime arrives{};
};

// A process: what a node knows, and what it does for the stream while it owns it.
struct Node {
    Node(NodeId id, BootTime clock_offset, double clock_rate) : ownership(id), offset(clock_offset), rate(clock_rate) {}

    BootTime clock(BootTime now) const {
        return offset + BootTime(static_cast<std::int64_t>(static_cast<double>(now.count()) * rate));
    }

    void forget_work() {
        requests.clear();
        taken = {};
        results = {};
    }

    Ownership ownership;
    bool owns = false;  // an ownership has begun
    LedgerState state;
    LedgerOffset next_read = 0;
    BootTime offset;
    double rate;
    BootTime paused_until{};
    BootTime reads_again{};          // until then nothing arrives from the broker
    std::deque<Produced> producing;  // in order, as the idempotent producer keeps it
    std::vector<Request> requests;
    Intervals taken;  // events in flight, answered, or in a record that is not read back yet
    Delta results;    // of the next record
};

// Several nodes share one ledger, which is delayed, read repeatedly, and deleted at its start, while processes pause,
// restart and release, and their clocks run at different speeds. Beside them is a reader that misses nothing.
class Model {
public:
    explicit Model(std::uint64_t seed) : random_(seed) {
        for (std::size_t i = 0; i < node_count; ++i) nodes_.push_back(start_node());
    }

    void step() {
        now_ += BootTime(below(10'000'000));
        if (below(20) == 0) events_ += below(5);
        if (below(20'000) == 0) broker_returns_ = now_ + BootTime(below(8'000'000'000));
        deliver();
        auto& node = nodes_[below(node_count)];
        if (now_ >= node.paused_until) act(node);
        if (is_faulty_) fail(node);
        check();
    }

    // Without faults the nodes deliver everything.
    void drain() {
        is_faulty_ = false;
        broker_returns_ = now_;
        const auto end = events_;
        for (int i = 0; i < 100'000 && log_state_.first_pending() < end; ++i) step();
        ASSERT_GE(log_state_.first_pending(), end) << "the nodes do not deliver everything";
    }

    struct Totals {
        std::uint64_t takeovers = 0;
        std::uint64_t releases = 0;
        std::uint64_t snapshots = 0;
        std::uint64_t restarts = 0;
        std::uint64_t read_anew = 0;
        std::uint64_t uncounted = 0;
        std::uint64_t compared = 0;
    };
    const Totals& totals() const { return totals_; }
    const LedgerCounts& counts() const { return log_state_.counts(); }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    Node start_node() {
        const auto rate = 0.98 + static_cast<double>(below(40)) / 1000;
        Node node(random_(), BootTime(below(1'000'000'000'000)), rate);
        node.next_read = log_start_;
        return node;
    }

    // Records that arrive at the broker get their offsets.
    void deliver() {
        if (now_ >= broker_returns_) {
            for (auto& node : nodes_) deliver(node.producing);
            deliver(orphans_);
        }
        for (auto& node : nodes_) {
            for (const auto& request : node.requests) {
                if (request.succeeds && request.answered <= now_) answered_.add(request.event);
            }
        }
    }

    void deliver(std::deque<Produced>& queue) {
        while (!queue.empty() && queue.front().arrives <= now_) {
            append(std::move(queue.front().bytes));
            queue.pop_front();
        }
    }

    void append(std::string bytes) {
        const auto offset = log_start_ + static_cast<LedgerOffset>(log_.size());
        const auto record = decode_ledger_record(bytes);
        ASSERT_TRUE(record);
        if (log_ownership_.apply(offset, record->header)) {
            if (record->header.kind == RecordKind::claim) ++totals_.takeovers;
            if (record->header.kind == RecordKind::release) ++totals_.releases;
            const auto acked = log_state_.acked().size();
            ASSERT_EQ(log_state_.apply(offset, *record), ApplyResult::applied) << "offset " << offset;
            ASSERT_GE(log_state_.acked().size(), acked);
            check_results(record->delta);
            if (offset % 16 == 0) states_[offset] = log_state_.encode();
        } else {
            ++totals_.uncounted;
        }
        log_.push_back(std::move(bytes));
    }

    void check_results(const Delta& delta) {
        for (const auto& range : delta.acked.ranges()) {
            for (auto event = range.begin; event < range.end; ++event) {
                ASSERT_TRUE(is_duplicate(event) || answered_.contains(event)) << event << " was acked unanswered";
            }
        }
        const auto& counts = log_state_.counts();
        ASSERT_EQ(counts.acked(), log_state_.acked().size());
        ASSERT_EQ(counts.retained(), log_state_.letters().size());
        ASSERT_LE(counts.acked(), events_);
    }

    void act(Node& node) {
        read(node);
        const auto clock = node.clock(now_);
        const auto owned = static_cast<unsigned>(below(3));
        const auto step = node.ownership.next(clock, owned);
        if (step.action == Action::claim) send(node, RecordKind::claim);
        if (step.action == Action::heartbeat) send_results(node);
        if (step.action == Action::release) {
            node.ownership.begin_release();
            send(node, RecordKind::release);
        }
        if (!node.owns) return;
        take_answers(node);
        send_requests(node);
        if (node.ownership.is_releasing()) return;
        if (below(5) == 0 && node.results.acked.size() > 0) send_results(node);
        if (node.ownership.unread() == 0) maintain(node);
        if (is_faulty_ && below(2000) == 0) release(node);
    }

    void read(Node& node) {
        if (now_ < node.reads_again) return;
        if (node.next_read < log_start_) {
            ++totals_.read_anew;
            node.ownership.read_anew();
            node.state = {};
            node.owns = false;
            node.forget_work();
            node.next_read = log_start_;
        }
        const auto end = log_start_ + static_cast<LedgerOffset>(log_.size());
        auto offset = node.next_read;
        if (below(10) == 0) offset = std::max(log_start_, offset - static_cast<LedgerOffset>(below(5)));
        const auto stop = std::min(end, node.next_read + static_cast<LedgerOffset>(below(8)));
        for (; offset < stop; ++offset) read(node, offset);
        node.next_read = std::max(node.next_read, stop);
        if (node.next_read == end) node.ownership.reached_end(node.clock(now_));
    }

    void read(Node& node, LedgerOffset offset) {
        const auto record = decode_ledger_record(log_[static_cast<std::size_t>(offset - log_start_)]);
        ASSERT_TRUE(record);
        const auto [counts, change] = node.ownership.read(offset, record->header, node.clock(now_));
        if (change != Change::none) node.forget_work();
        if (change != Change::none) node.owns = change == Change::began;
        if (!counts) return;
        ASSERT_EQ(node.state.apply(offset, *record), ApplyResult::applied);
        const auto expected = states_.find(offset);
        if (expected == states_.end() || !node.state.is_complete()) return;
        ASSERT_EQ(node.state.encode(), expected->second) << "two nodes do not agree at offset " << offset;
        ++totals_.compared;
    }

    void send(Node& node, RecordKind kind) {
        const auto header = node.ownership.send(kind, node.clock(now_));
        produce(node, kind == RecordKind::claim ? encode_claim(header) : encode_release(header));
    }

    void send_results(Node& node) {
        const auto header = node.ownership.send(RecordKind::delta, node.clock(now_));
        produce(node, encode_delta(header, std::exchange(node.results, {})));
    }

    void produce(Node& node, std::string bytes) {
        auto arrives = now_ + BootTime(below(10'000'000));
        if (below(200) == 0) arrives += BootTime(below(4'000'000'000));
        if (!node.producing.empty()) arrives = std::max(arrives, node.producing.back().arrives);
        node.producing.push_back({std::move(bytes), arrives});
    }

    void take_answers(Node& node) {
        std::erase_if(node.requests, [&](const Request& request) {
            if (request.answered > now_) return false;
            if (request.succeeds) {
                node.results.acked.add(request.event);
                if (is_rejected(request.event)) node.results.dead_letters.push_back({letters_++, 100});
            } else {
                untake(node, request.event);
            }
            return true;
        });
    }

    // A failed request is sent again.
    static void untake(Node& node, Offset event) {
        Intervals rest;
        for (const auto& range : node.taken.ranges()) {
            rest.add(Range{range.begin, std::min(range.end, event)});
            rest.add(Range{std::max(range.begin, event + 1), range.end});
        }
        node.taken = std::move(rest);
    }

    void send_requests(Node& node) {
        while (node.requests.size() < 8) {
            const auto event = next_event(node);
            if (event >= events_) return;
            if (!node.ownership.may_send(node.clock(now_))) return;
            ASSERT_GE(node.ownership.log().epoch(), sending_epoch_) << "a former owner sends after a later one";
            sending_epoch_ = node.ownership.log().epoch();
            node.taken.add(event);
            if (is_duplicate(event)) {
                node.results.acked.add(event);
                ++node.results.duplicates;
                continue;
            }
            node.requests.push_back({event, now_ + BootTime(below(200'000'000)), below(20) != 0});
        }
    }

    // What needs a state with all that the owner has sent: a snapshot, deletion, letters, copies.
    void maintain(Node& node) {
        if (below(50) == 0) send_snapshot(node);
        if (const auto offset = node.state.snapshot_offset(); offset && below(20) == 0) delete_before(*offset);
        if (const auto& letters = node.state.letters(); !letters.empty() && below(4) == 0) {
            node.results.removed_letters = {{letters.begin()->first, static_cast<LetterRemoval>(1 + below(3))}};
            send_results(node);
        } else if (const auto event = next_event(node); below(20) == 0 && event < events_) {
            node.taken.add(event);
            node.results.moved = {{event, events_++}};
            send_results(node);
        }
    }

    // The first event that is pending and not taken.
    static Offset next_event(const Node& node) {
        auto event = node.state.first_pending();
        while (node.state.acked().contains(event) || node.taken.contains(event)) {
            event = node.taken.first_outside(node.state.acked().first_outside(event));
        }
        return event;
    }

    void send_snapshot(Node& node) {
        const auto state = node.state.encode();
        const auto size = state.size() / (1 + below(3)) + 1;  // smaller parts than a real one's
        std::vector<std::string_view> parts;
        for (std::size_t at = 0; at < state.size(); at += size)
            parts.push_back(std::string_view(state).substr(at, size));
        std::uint32_t number = 0;
        for (const auto& bytes : parts) {
            const auto header = node.ownership.send(RecordKind::snapshot, node.clock(now_));
            produce(node, encode_snapshot(header, {number++, static_cast<std::uint32_t>(parts.size()), bytes}));
        }
        ++totals_.snapshots;
    }

    void delete_before(LedgerOffset offset) {
        for (; log_start_ < offset; ++log_start_) {
            states_.erase(log_start_);
            log_.pop_front();
        }
    }

    void release(Node& node) {
        node.ownership.begin_release();
        send_results(node);
        send(node, RecordKind::release);
    }

    void fail(Node& node) {
        const auto dice = below(10'000);
        if (dice < 3) {
            node.paused_until = now_ + 1s + BootTime(below(7'000'000'000));
        } else if (dice < 5) {
            // What the process has sent may arrive or not.
            if (below(2) == 0) {
                for (auto& produced : node.producing) orphans_.push_back(std::move(produced));
            }
            node = start_node();
            ++totals_.restarts;
        } else if (dice < 10) {
            node.reads_again = now_ + BootTime(below(6'000'000'000));
        } else if (dice < 12) {
            nodes_[below(node_count)].paused_until = now_ + 100s;  // long enough for its next record to be deleted
        }
    }

    // Also of the nodes that pause: their clocks go on.
    void check() const {
        const auto senders =
            std::ranges::count_if(nodes_, [&](const Node& node) { return node.ownership.may_send(node.clock(now_)); });
        ASSERT_LE(senders, 1) << "two nodes may send";
    }

    std::mt19937_64 random_;
    BootTime now_ = 1h;
    bool is_faulty_ = true;
    BootTime broker_returns_{};

    LedgerOffset log_start_ = 0;
    std::deque<std::string> log_;
    std::deque<Produced> orphans_;  // of processes that are gone
    Offset events_ = 0;             // in the stream's topic
    Offset letters_ = 0;            // in the topic of dead letters
    Intervals answered_;
    std::uint64_t sending_epoch_ = 0;

    LogOwnership log_ownership_;
    LedgerState log_state_;
    std::map<LedgerOffset, std::string> states_;  // the state after some of the records
    std::vector<Node> nodes_;
    Totals totals_;
};

// PINTLE_TEST_SEED and PINTLE_TEST_STEPS run another, or a longer one.
TEST(OwnershipModel, OneNodeAtATimeSendsUnderRandomFaults) {
    const auto seed = test_setting("PINTLE_TEST_SEED", 20'261'127);
    const auto steps = test_setting("PINTLE_TEST_STEPS", 1'000'000);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    Model model(seed);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) model.step();
    if (!testing::Test::HasFatalFailure()) model.drain();
    const auto& totals = model.totals();
    EXPECT_GT(totals.takeovers, 0);
    EXPECT_GT(totals.releases, 0);
    EXPECT_GT(totals.snapshots, 0);
    EXPECT_GT(totals.restarts, 0);
    EXPECT_GT(totals.read_anew, 0);
    EXPECT_GT(totals.uncounted, 0);
    EXPECT_GT(totals.compared, 0);
    EXPECT_GT(model.counts().delivered, 0);
    EXPECT_GT(model.counts().copied, 0);
    EXPECT_GT(model.counts().retained() + model.counts().evicted, 0);
    std::cout << "takeovers " << totals.takeovers << ", releases " << totals.releases << ", snapshots "
              << totals.snapshots << ", restarts " << totals.restarts << ", read anew " << totals.read_anew
              << ", uncounted " << totals.uncounted << ", compared " << totals.compared << ", delivered "
              << model.counts().delivered << '\n';
}

}  // namespace
}  // namespace pintle::journal::kafka
