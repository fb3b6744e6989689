// The whole way of a destination's records through its decisions, against a reference that is too simple to be wrong,
// over random steps: a log whose latest settled records a crash may bring back, the reader and the window as the runner
// drives them, the scheduler, the pauses, and a Customer.io that answers at random. The seed is printed.

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "app/window.hpp"
#include "fixtures.hpp"
#include "model_reference.hpp"
#include "pintle/schedule/pause_history.hpp"
#include "random_steps.hpp"

namespace pintle::schedule {
namespace {

using delivery::Fate;
using delivery::Verdict;

enum class Weather : std::uint8_t { fair, failing, refusing, poisoned, count };

class World {
public:
    World(std::uint64_t seed, std::size_t max_items, bool allow_same_person)
        : chance_(seed), max_items_(max_items), same_lane_(allow_same_person) {
        start_up();
    }

    void step() {
        if (chance_.in(3000)) weather_ = Weather{static_cast<std::uint8_t>(chance_.below(std::size_t(Weather::count)))};
        if (chance_.in(2000)) backlog_ = chance_.below(400);
        if (chance_.in(5000)) return restart();
        switch (chance_.below(10)) {
            case 0:
            case 1: accept(); break;
            case 2: take_inbox(); break;
            case 3: chance_.in(2) ? end_read() : end_scan(); break;
            case 4: log_.write(); break;
            case 5:
            case 6: come_back(); break;
            default: send(); break;
        }
    }

    // All is well from now on: everything must be delivered.
    void drain() {
        weather_ = Weather::fair;
        well_ = true;
        while (!log_.unsettled().empty()) {
            const Step step = send();
            if (step.what == Step::What::send) continue;
            if (step.what == Step::What::wait && step.until > now_) pass(step.until - now_);
            const bool reads = take_inbox() || end_read() || end_scan();
            ASSERT_TRUE(step.what == Step::What::wait || reads || !sent_.empty())
                << "stuck with " << log_.unsettled().size();
            come_back();
        }
        while (end_scan()) continue;
        EXPECT_EQ(scheduler_->size(), 0);
        EXPECT_EQ(scheduler_->skipped_keys(), 0);
        EXPECT_FALSE(scheduler_->overflows());
        EXPECT_EQ(scheduler_->in_flight(), 0);
        EXPECT_FALSE(scheduler_->pause_message());
    }

    void report() const {
        std::cout << delivered_ << " delivered, " << dead_ << " dead, " << restarts_ << " restarts, " << pauses_begun_
                  << " pauses, " << full_ << " times full, " << skipped_ << " skipped, " << returned_ << " came back, "
                  << overflown_ << " times overflown\n";
        EXPECT_GT(delivered_, 0);
    }
    bool has_seen_all() const {
        return delivered_ > 0 && dead_ > 0 && restarts_ > 0 && pauses_begun_ > 0 && full_ > 0 && skipped_ > 0 &&
               returned_ > 0 && overflown_ > 0;
    }

private:
    static constexpr std::uint64_t poisoned_person = 7;

    struct Read {
        Position after = 0;
        Position up_to = 0;  // the last known when it began
        Position sees = 0;
    };

    struct Request {
        InFlight in_flight;
        std::vector<Position> records;
    };
    // Of skipped records, under way.
    struct Scan {
        Position from = 0;
        Position last_read = 0;
        std::vector<Entry> found;
    };

    Policy policy() const {
        Policy policy;
        policy.max_items = max_items_;
        policy.allow_same_person = same_lane_;
        policy.connections = 16;
        policy.max_age = hours{2};
        policy.window = 40;
        policy.waiting = {4, 40, skipped_keys_, 64};
        return policy;
    }

    WallTime wall() const { return WallTime{std::chrono::floor<milliseconds>(now_.time_since_epoch())}; }

    void pass(TimePoint::duration time) {
        // Whole milliseconds, so that both clocks agree.
        const auto whole = std::chrono::ceil<milliseconds>(time);
        now_ += whole;
        if (!pauses_->ongoing()) outside_ += whole;
    }

    // The daemon

    void start_up() {
        skipped_keys_ = chance_.in(2) ? 15 : 1'000;
        scheduler_ = std::make_unique<Scheduler>(policy(), chance_.below(UINT64_MAX));
        pauses_.emplace(policy().max_age, encoded_pauses_);
        if (pauses_->ongoing()) scheduler_->restore_pause(pauses_->ongoing()->message, now_);
        order_ = {};
        for (const auto& [position, record] : log_.unsettled()) order_.accept(record);
        window_ = app::Window(600);
        inbox_.clear();
        sent_.clear();
        failed_.clear();
        retry_was_last_ = false;
        refused_since_success_ = false;
        read_.reset();
        scan_.reset();
        on_disk_.clear();
        next_ = log_.first_unsettled();
        last_ = log_.last();
        refill();
    }

    void restart() {
        ++restarts_;
        for (const Request& request : sent_) {
            if (chance_.in(2)) continue;
            for (const Position position : request.records) arrive(log_.at(position));  // and nobody heard of it
        }
        if (chance_.in(2)) log_.crash(chance_);
        log_.write();
        pass(seconds{chance_.in(2) ? 1 : chance_.below(3000)});
        start_up();
    }

    // From here on as the runner does it.

    void accept() {
        if (log_.unsettled().size() >= backlog_) return;
        Accepted record;
        record.keys = random_keys(chance_);
        if (weather_ == Weather::poisoned && chance_.in(2)) record.keys.person = poisoned_person;
        record.received = wall();
        record.received_outside = outside_;
        const Accepted& accepted = log_.append(record);
        order_.accept(accepted);
        inbox_last_ = accepted.position;
        if (inbox_.size() < 5) inbox_.push_back(accepted.position);  // what does not fit is read later
    }

    bool take_inbox() {
        if (last_ == log_.last()) return false;
        last_ = inbox_last_;
        for (const Position position : inbox_) {
            if (full()) break;
            if (position == next_) admit(position);
        }
        inbox_.clear();
        refill();
        return true;
    }

    bool full() {
        const bool full = window_.full() || scheduler_->full();
        full_ += full ? 1 : 0;
        return full;
    }

    // Begins a read, whose result comes with a later step.
    void refill() {
        rescan();
        if (read_ || next_ > last_) return;
        if (window_.full())
            window_.park(
                [&](Position position, const std::string&) { return scheduler_->backing_off(entry(position)); });
        if (full()) return;
        // It may see what was accepted since it began, or not.
        read_ = Read{next_ - 1, last_, chance_.in(2) ? UINT64_MAX : log_.last()};
    }

    bool end_read() {
        if (!read_) return false;
        const Read read = *std::exchange(read_, std::nullopt);
        if (!chance_.in(10)) {  // else the disk failed
            auto records = log_.read(read.after, 1 + chance_.below(8));
            std::erase_if(records, [&](Position position) { return position > read.sees; });
            if (records.empty()) next_ = std::max(next_, read.up_to + 1);
            for (const Position position : records) admit(position);
        }
        refill();
        return true;
    }

    void rescan() {
        if (scan_ || window_.full() || scheduler_->full()) return;
        const auto from = scheduler_->next_scan();
        if (!from) return;
        scan_.emplace(*from, next_ - 1);
        for (const Position position : log_.read(*from - 1, 1 + chance_.below(8))) {
            scan_->found.push_back(entry(position));
        }
    }

    // Meanwhile some of it may have been settled, and some may be news that has just been read.
    bool end_scan() {
        if (!scan_) return false;
        const Scan scan = *std::exchange(scan_, std::nullopt);
        if (!chance_.in(10)) {  // else the disk failed
            Position seen = std::max(scan.from, scan.last_read);
            for (const Entry& each : scan.found) {
                seen = std::min(each.position, next_ - 1);
                if (each.position >= next_) break;
                const Admission admission = offer([&] { return scheduler_->readmit(each); });
                if (admission == Admission::skipped) leave(each.position);
                if (admission == Admission::known || admission == Admission::skipped) continue;
                EXPECT_TRUE(log_.contains(each.position)) << "took what is settled: " << each.position;
                ++returned_;
                store(each.position, admission);
            }
            scheduler_->scanned(seen, next_ - 1);
        }
        refill();
        return true;
    }

    template <class Offer>
    Admission offer(Offer call) {
        scheduler_->set_scarce(!window_.has_room_for_blocked());
        const std::size_t before = scheduler_->size();
        const Admission admission = call();
        EXPECT_EQ(scheduler_->size(), before + (admission == Admission::ready || admission == Admission::blocked));
        EXPECT_TRUE(admission != Admission::blocked || before < policy().window + policy().waiting.blocked + 10);
        return admission;
    }

    void admit(Position position) {
        next_ = position + 1;
        const Admission admission = offer([&] { return scheduler_->admit(entry(position)); });
        overflown_ += scheduler_->overflows() ? 1 : 0;
        if (admission != Admission::skipped) return store(position, admission);
        ++skipped_;
        const Accepted& record = log_.at(position);
        EXPECT_TRUE(!order_.may_go(record, {}) || order_.was_shared(record) || scheduler_->overflows())
            << "waits for nobody: " << position;
        leave(position);
    }

    void leave(Position position) {
        on_disk_.insert(position);
        note_shared(position);
        order_.skip(log_.at(position));
    }

    // Ids that hold up too many persons on disk.
    void note_shared(Position position) {
        for (const auto id : log_.at(position).ids()) {
            if (scheduler_->is_shared(id)) order_.share(log_.at(position), id);
        }
    }

    void store(Position position, Admission admission) {
        on_disk_.erase(position);
        note_shared(position);
        order_.admit(log_.at(position));
        if (scheduler_->backing_off(entry(position))) return;
        window_.put(position, bytes_of(position), admission == Admission::blocked);
    }

    Entry entry(Position position) const { return {position, log_.at(position).keys}; }
    std::string bytes_of(Position position) const { return std::to_string(position) + std::string(position % 20, '.'); }

    Step send() {
        refill();
        const bool was_probing = scheduler_->pause_message() || scheduler_->circuit_breaker_open();
        const Step step = scheduler_->next(now_);
        report_pause();
        if (step.what == Step::What::wait) {
            EXPECT_GT(step.until, now_);
            pass(chance_.in(4) ? step.until - now_ : TimePoint::duration{milliseconds{chance_.below(20)}});
        }
        if (step.what != Step::What::send) return step;
        if (!was_probing && !scheduler_->pause_message()) check_share(step);
        retry_was_last_ = step.request.retry;
        Request request{step.request, scheduler_->gather(step.position)};
        EXPECT_EQ(request.records.front(), step.position);
        EXPECT_LE(request.records.size(), max_items_);
        pack(request.records);
        if (request.records.empty()) {
            scheduler_->abandon(request.in_flight);
        } else {
            sent_.push_back(std::move(request));
        }
        EXPECT_LE(sent_.size(), policy().connections);
        EXPECT_EQ(sent_.size(), scheduler_->in_flight());
        return step;
    }

    // Retries take no more than half of the connections, and half of the turns while others could go.
    void check_share(const Step& step) {
        if (!step.request.retry) return;
        const auto is_retry = [](const Request& request) { return request.in_flight.retry; };
        EXPECT_LT(std::ranges::count_if(sent_, is_retry), policy().connections / 2);
        EXPECT_TRUE(failed_.contains(step.position));
        if (!retry_was_last_) return;
        for (const auto& [position, record] : log_.unsettled()) {
            if (position >= next_) break;
            if (failed_.contains(position) || on_disk_.contains(position) || is_sent(position)) continue;
            EXPECT_TRUE(!order_.may_go(record, {}) || order_.was_shared(record))
                << position << " was passed over for a retry";
        }
    }

    bool is_sent(Position position) const {
        return std::ranges::any_of(sent_, [&](const Request& request) {
            return std::ranges::find(request.records, position) != request.records.end();
        });
    }

    // Leaves some out, as for want of room or since they cannot be mapped.
    void pack(std::vector<Position>& request) {
        std::vector<Position> packed;
        bool gap = false;
        for (const Position position : request) {
            EXPECT_LT(position, next_) << "sent what was not admitted";
            if (!log_.contains(position)) {
                ADD_FAILURE() << "sent what is settled: " << position;
                return;
            }
            for (const Request& other : sent_)
                EXPECT_EQ(std::ranges::count(other.records, position), 0) << "sent twice at once";
            const bool follows = scheduler_->follows(position);
            if ((gap && follows) || (request.size() > 1 && chance_.in(20))) {
                scheduler_->leave_out(position, chance_.in(4));
                gap = true;
                continue;
            }
            EXPECT_TRUE(order_.may_go(log_.at(position), packed)) << "out of order: " << position;
            const std::string bytes = window_.take(position);
            EXPECT_TRUE(bytes.empty() || bytes == bytes_of(position)) << "the bytes of another";
            if (!follows && chance_.in(200)) {
                scheduler_->discard(position);
                ++dead_;
                settle(position);
                continue;
            }
            packed.push_back(position);
        }
        request = std::move(packed);
    }

    void come_back() {
        if (sent_.empty()) return;
        const auto place = sent_.begin() + static_cast<long>(chance_.below(sent_.size()));
        const Request request = std::move(*place);
        sent_.erase(place);
        if (chance_.in(50)) {
            scheduler_->put_back(request.in_flight, request.records);
        } else if (chance_.in(50)) {
            scheduler_->resend(request.in_flight, request.records);
        } else {
            answer(request);
        }
        report_pause();
        refill();
    }

    void answer(const Request& sent_request) {
        const auto& request = sent_request.records;
        const auto verdict = well_ ? schedule::verdict(Fate::delivered) : random_verdict(log_.at(request.front()));
        if (verdict.fate == Fate::delivered || verdict.fate == Fate::dead) {
            refused_since_success_ = false;
        } else {
            refused_since_success_ = refused_since_success_ || verdict.fate == Fate::held;
            failed_.insert(request.begin(), request.end());
        }
        if (verdict.fate == Fate::dead && request.size() > 1) {
            return scheduler_->halve(sent_request.in_flight, request, now_);
        }
        std::vector<Scheduler::Sent> sent;
        std::vector<Duration> outside_pauses;
        for (const Position position : request) {
            const Accepted& record = log_.at(position);
            const bool refused = verdict.fate == Fate::delivered && !well_ && request.size() > 1 && chance_.in(20);
            if (verdict.fate == Fate::delivered && !refused) arrive(record);
            sent.push_back({position, pauses_->age(record.received, wall()), refused});
            outside_pauses.push_back(outside_ - record.received_outside);
            EXPECT_TRUE(sent.back().age <= outside_pauses.back() || outside_pauses.back() > policy().max_age)
                << "a pause made it older: " << position;
        }
        std::vector<Outcome> outcomes;
        scheduler_->answered(sent_request.in_flight, sent, verdict, now_, outcomes);
        ASSERT_EQ(outcomes.size(), request.size());
        for (std::size_t i = 0; i < request.size(); ++i) {
            const bool is_dead = verdict.fate == Fate::dead || sent[i].rejected;
            EXPECT_EQ(outcomes[i] == Outcome::settled, verdict.fate == Fate::delivered && !is_dead);
            EXPECT_TRUE(!is_dead || outcomes[i] == Outcome::dead);
            EXPECT_TRUE(is_dead || outcomes[i] != Outcome::dead || outside_pauses[i] > policy().max_age)
                << "died too early";
            if (outcomes[i] == Outcome::waiting) {
                window_.put(request[i], bytes_of(request[i]));
                continue;
            }
            dead_ += outcomes[i] == Outcome::dead ? 1 : 0;
            settle(request[i]);
        }
    }

    void settle(Position position) {
        over_.insert(position);
        order_.settle(log_.at(position));
        log_.settle(position);
    }

    void report_pause() {
        const bool news = scheduler_->pause_message()
                              ? pauses_->begin(PauseReason::credentials, *scheduler_->pause_message(), wall())
                              : pauses_->end(wall());
        if (!news) return;
        EXPECT_TRUE(!pauses_->ongoing() || refused_since_success_) << "paused though a request has just succeeded";
        encoded_pauses_ = pauses_->encode();
        pauses_begun_ += pauses_->ongoing() ? 1 : 0;
    }

    // Customer.io

    Verdict random_verdict(const Accepted& record) {
        Verdict verdict = schedule::verdict(Fate::delivered);
        if (chance_.in(20)) verdict = schedule::verdict(Fate::dead, "400");
        const bool poisoned = weather_ == Weather::poisoned && record.keys.person == poisoned_person;
        if (poisoned || (weather_ == Weather::failing ? !chance_.in(5) : chance_.in(10))) {
            verdict = schedule::verdict(chance_.in(10) ? Fate::redirected : Fate::retry, "503");
            verdict.throttled = chance_.in(4);
            if (chance_.in(4)) verdict.retry_after = seconds{chance_.below(100'000)};
        }
        if (weather_ == Weather::refusing ? !chance_.in(10) : chance_.in(200)) {
            verdict = schedule::verdict(Fate::held, "401");
        }
        return verdict;
    }

    // Each person's events arrive for the first time in the order in which they were accepted; but for one that was
    // dead and that a crash brought back, together with those that were let through by its death.
    void arrive(const Accepted& record) {
        ++delivered_;
        if (record.keys.person == 0) return;
        Position& latest = latest_arrival_.at(record.keys.person);
        EXPECT_TRUE(record.position > latest || over_.contains(record.position))
            << record.position << " arrived for the first time behind " << latest;
        latest = std::max(latest, record.position);
        over_.insert(record.position);
    }

    Chance chance_;
    std::size_t max_items_;
    bool same_lane_;
    std::size_t skipped_keys_ = 0;
    Weather weather_ = Weather::fair;
    bool well_ = false;
    std::size_t backlog_ = 100;
    TimePoint now_ = start;
    Duration outside_{};
    std::string encoded_pauses_;

    ModelLog log_;
    Order order_;
    std::array<Position, 32> latest_arrival_{};
    std::unordered_set<Position> over_;  // that arrived or died once

    std::unique_ptr<Scheduler> scheduler_;
    std::optional<PauseHistory> pauses_;
    app::Window window_;
    std::vector<Position> inbox_;
    Position inbox_last_ = 0;
    std::vector<Request> sent_;
    std::unordered_set<Position> failed_;  // or refused, since the start
    bool retry_was_last_ = false;          // of the requests
    bool refused_since_success_ = false;
    std::optional<Read> read_;  // under way
    std::optional<Scan> scan_;
    std::unordered_set<Position> on_disk_;  // skipped
    Position next_ = 1;
    Position last_ = 0;

    std::uint64_t delivered_ = 0;
    std::uint64_t dead_ = 0;
    std::uint64_t restarts_ = 0;
    std::uint64_t pauses_begun_ = 0;
    std::uint64_t full_ = 0;
    std::uint64_t skipped_ = 0;
    std::uint64_t returned_ = 0;
    std::uint64_t overflown_ = 0;
};

void run(std::size_t max_items, bool allow_same_person) {
    const auto seed = setting("PINTLE_TEST_SEED", std::random_device{}());
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    std::cout << "seed " << seed << "\n";
    World world(seed, max_items, allow_same_person);
    const auto steps = setting("PINTLE_TEST_STEPS", 1'000'000);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) world.step();
    if (!testing::Test::HasFailure()) world.drain();
    world.report();
    EXPECT_TRUE(world.has_seen_all() || steps < 1'000'000);
}

TEST(Model, NothingIsLostOutOfOrderStuckOrSentTwiceAtOnceWhateverDies) {
    run(1, false);
}

TEST(Model, NeitherInBatches) {
    run(8, false);
}

TEST(Model, NorInBatchesWithSeveralRecordsOfALane) {
    run(8, true);
}

}  // namespace
}  // namespace pintle::schedule
