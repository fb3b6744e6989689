// The scheduler against a reference that is too simple to be wrong, over random steps: order, skipped records that
// come back, the share of retries, batches. Restarts begin with a new scheduler. The seed is printed.

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

#include "fixtures.hpp"
#include "model_reference.hpp"
#include "pintle/base/time.hpp"
#include "pintle/delivery/pause_history.hpp"
#include "random_steps.hpp"

namespace pintle::delivery {
namespace {

using customerio::DeliveryResult;
using customerio::Disposition;

enum class FaultSchedule : std::uint8_t { none, failing, unauthorized, poisoned, count };

class Simulation {
public:
    Simulation(std::uint64_t seed, std::size_t max_items, bool allow_same_person)
        : chance_(seed), max_items_(max_items), allow_same_person_(allow_same_person) {
        start_up();
    }

    void step() {
        if (chance_.in(3000))
            faults_ = FaultSchedule{static_cast<std::uint8_t>(chance_.below(std::size_t(FaultSchedule::count)))};
        if (chance_.in(2000)) backlog_ = chance_.below(400);
        if (chance_.in(5000)) return restart();
        switch (chance_.below(10)) {
            case 0:
            case 1: accept(); break;
            case 2: refill(); break;
            case 3: end_scan(); break;
            case 4: stream_.write(); break;
            case 5:
            case 6: come_back(); break;
            default: send(); break;
        }
    }

    // All is well from now on: everything must be delivered.
    void drain() {
        faults_ = FaultSchedule::none;
        is_well_ = true;
        while (!stream_.pending().empty()) {
            const Step step = send();
            if (step.action == Step::Action::send) continue;
            if (step.action == Step::Action::wait && step.until > now_) pass(step.until - now_);
            const bool reads = refill() || end_scan();
            ASSERT_TRUE(step.action == Step::Action::wait || reads || !sent_.empty())
                << "stuck with " << stream_.pending().size();
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

    struct Request {
        InFlight in_flight;
        std::vector<Offset> records;
    };
    // A read of skipped records, in progress.
    struct Scan {
        Offset from = 0;
        Offset last_read = 0;
        std::vector<Entry> found;
    };

    Policy policy() const {
        Policy policy;
        policy.max_items = max_items_;
        policy.allow_same_person = allow_same_person_;
        policy.connections = 16;
        policy.max_age = hours{2};
        policy.window = 20;
        policy.queue_limits = {4, 40, skipped_keys_, 64};
        return policy;
    }

    WallTime wall() const { return WallTime{std::chrono::floor<milliseconds>(now_.time_since_epoch())}; }

    void pass(TimePoint::duration time) {
        // Whole milliseconds, so that both clocks agree.
        const auto whole = std::chrono::ceil<milliseconds>(time);
        now_ += whole;
        if (pauses_->ongoing().empty()) outside_ += whole;
    }

    // The worker

    void start_up() {
        skipped_keys_ = chance_.in(2) ? 15 : 1'000;
        scheduler_ = std::make_unique<Scheduler>(policy(), chance_.below(UINT64_MAX));
        pauses_.emplace(policy().max_age, encoded_pauses_);
        if (!pauses_->ongoing().empty()) scheduler_->restore_pause(pauses_->ongoing().front().message, now_);
        order_ = {};
        for (const auto& [offset, record] : stream_.pending()) order_.accept(record);
        sent_.clear();
        failed_.clear();
        retry_was_last_ = false;
        unauthorized_since_success_ = false;
        scan_.reset();
        on_disk_.clear();
        next_ = stream_.first_pending();
        refill();
    }

    void restart() {
        ++restarts_;
        for (const Request& request : sent_) {
            if (chance_.in(2)) continue;
            for (const Offset offset : request.records) arrive(stream_.at(offset));  // the response is lost
        }
        if (chance_.in(2)) stream_.crash(chance_);
        stream_.write();
        pass(seconds{chance_.in(2) ? 1 : chance_.below(3000)});
        start_up();
    }

    void accept() {
        if (stream_.pending().size() >= backlog_) return;
        Accepted record;
        record.keys = random_keys(chance_);
        if (faults_ == FaultSchedule::poisoned && chance_.in(2)) record.keys.person = poisoned_person;
        record.received = wall();
        record.received_outside = outside_;
        order_.accept(stream_.append(record));
    }

    bool full() {
        const bool full = scheduler_->full();
        full_ += full ? 1 : 0;
        return full;
    }

    // Offers the next records, as far as there is room. True if there were any.
    bool refill() {
        rescan();
        if (next_ > stream_.last() || full()) return false;
        if (chance_.in(20)) scarce_ = !scarce_;
        const auto records = stream_.read(next_ - 1, 1 + chance_.below(8));
        if (records.empty()) next_ = stream_.last() + 1;
        for (const Offset offset : records) enqueue(offset);
        return true;
    }

    void rescan() {
        if (scan_ || scheduler_->full()) return;
        const auto from = scheduler_->next_scan();
        if (!from) return;
        scan_.emplace(*from, next_ - 1);
        for (const Offset offset : stream_.read(*from - 1, 1 + chance_.below(8))) {
            scan_->found.push_back(entry(offset));
        }
    }

    // Meanwhile some of the records may have been finished, and some may have been read for the first time.
    bool end_scan() {
        if (!scan_) return false;
        const Scan scan = *std::exchange(scan_, std::nullopt);
        if (!chance_.in(10)) {  // else the disk fails
            Offset seen = std::max(scan.from, scan.last_read);
            for (const Entry& each : scan.found) {
                seen = std::min(each.offset, next_ - 1);
                if (each.offset >= next_) break;
                const Enqueued enqueued = offer([&] { return scheduler_->enqueue_again(each); });
                if (enqueued == Enqueued::skipped) leave(each.offset);
                if (enqueued == Enqueued::known || enqueued == Enqueued::skipped) continue;
                EXPECT_TRUE(stream_.contains(each.offset)) << "took a finished record: " << each.offset;
                ++returned_;
                store(each.offset);
            }
            scheduler_->scanned(seen, next_ - 1);
        }
        refill();
        return true;
    }

    template <class Offer>
    Enqueued offer(Offer call) {
        scheduler_->set_scarce(scarce_);
        const std::size_t before = scheduler_->size();
        const Enqueued enqueued = call();
        EXPECT_EQ(scheduler_->size(), before + (enqueued == Enqueued::ready || enqueued == Enqueued::blocked));
        EXPECT_TRUE(enqueued != Enqueued::blocked || before < policy().window + policy().queue_limits.blocked + 10);
        return enqueued;
    }

    void enqueue(Offset offset) {
        next_ = offset + 1;
        const Enqueued enqueued = offer([&] { return scheduler_->enqueue(entry(offset)); });
        overflown_ += scheduler_->overflows() ? 1 : 0;
        if (enqueued != Enqueued::skipped) return store(offset);
        ++skipped_;
        const Accepted& record = stream_.at(offset);
        EXPECT_TRUE(!order_.may_go(record, {}) || order_.was_shared(record) || scheduler_->overflows())
            << "is not blocked: " << offset;
        leave(offset);
    }

    void leave(Offset offset) {
        on_disk_.insert(offset);
        note_shared(offset);
        order_.skip(stream_.at(offset));
    }

    // Excludes the ids that the scheduler has excluded from ordering.
    void note_shared(Offset offset) {
        for (const auto id : stream_.at(offset).ids()) {
            if (scheduler_->is_excluded_from_ordering(id)) order_.share(stream_.at(offset), id);
        }
    }

    void store(Offset offset) {
        on_disk_.erase(offset);
        note_shared(offset);
        order_.enqueue(stream_.at(offset));
    }

    Entry entry(Offset offset) const { return {offset, stream_.at(offset).keys}; }

    Step send() {
        refill();
        const bool was_probing = scheduler_->pause_message() || scheduler_->circuit_breaker_open();
        const Step step = scheduler_->next(now_);
        report_pause();
        if (step.action == Step::Action::wait) {
            EXPECT_GT(step.until, now_);
            pass(chance_.in(4) ? step.until - now_ : TimePoint::duration{milliseconds{chance_.below(20)}});
        }
        if (step.action != Step::Action::send) return step;
        if (!was_probing && !scheduler_->pause_message()) check_share(step);
        retry_was_last_ = step.request.retry;
        Request request{step.request, scheduler_->build_batch(step.offset)};
        EXPECT_EQ(request.records.front(), step.offset);
        EXPECT_LE(request.records.size(), max_items_);
        build_request(request.records);
        if (request.records.empty()) {
            scheduler_->cancel(request.in_flight);
        } else {
            sent_.push_back(std::move(request));
        }
        EXPECT_LE(sent_.size(), policy().connections);
        EXPECT_EQ(sent_.size(), scheduler_->in_flight());
        return step;
    }

    // Retries take at most half of the connections, and half of the requests while others are ready.
    void check_share(const Step& step) {
        if (!step.request.retry) return;
        const auto is_retry = [](const Request& request) { return request.in_flight.retry; };
        EXPECT_LT(std::ranges::count_if(sent_, is_retry), policy().connections / 2);
        EXPECT_TRUE(failed_.contains(step.offset));
        if (!retry_was_last_) return;
        for (const auto& [offset, record] : stream_.pending()) {
            if (offset >= next_) break;
            if (failed_.contains(offset) || on_disk_.contains(offset) || is_sent(offset)) continue;
            EXPECT_TRUE(!order_.may_go(record, {}) || order_.was_shared(record))
                << offset << " was passed over for a retry";
        }
    }

    bool is_sent(Offset offset) const {
        return std::ranges::any_of(sent_, [&](const Request& request) {
            return std::ranges::find(request.records, offset) != request.records.end();
        });
    }

    // Excludes some records, as the worker does if they have no room or cannot be mapped.
    void build_request(std::vector<Offset>& request) {
        std::vector<Offset> packed;
        bool gap = false;
        for (const Offset offset : request) {
            EXPECT_LT(offset, next_) << "sent before it was enqueued";
            if (!stream_.contains(offset)) {
                ADD_FAILURE() << "sent a finished record: " << offset;
                return;
            }
            for (const Request& other : sent_)
                EXPECT_EQ(std::ranges::count(other.records, offset), 0) << "sent twice at once";
            const bool is_blocked_by_previous = scheduler_->is_blocked_by_previous(offset);
            if ((gap && is_blocked_by_previous) || (request.size() > 1 && chance_.in(20))) {
                scheduler_->exclude(offset, chance_.in(4));
                gap = true;
                continue;
            }
            EXPECT_TRUE(order_.may_go(stream_.at(offset), packed)) << "out of order: " << offset;
            if (!is_blocked_by_previous && chance_.in(200)) {
                scheduler_->discard(offset);
                ++dead_;
                remove(offset);
                continue;
            }
            packed.push_back(offset);
        }
        request = std::move(packed);
    }

    void come_back() {
        if (sent_.empty()) return;
        const auto place = sent_.begin() + static_cast<long>(chance_.below(sent_.size()));
        const Request request = std::move(*place);
        sent_.erase(place);
        if (chance_.in(50)) {
            scheduler_->requeue(request.in_flight, request.records);
        } else if (chance_.in(50)) {
            scheduler_->resend(request.in_flight, request.records);
        } else {
            response(request);
        }
        report_pause();
        refill();
    }

    void response(const Request& sent_request) {
        const auto& request = sent_request.records;
        const auto result =
            is_well_ ? delivery::result(Disposition::delivered) : random_verdict(stream_.at(request.front()));
        if (result.disposition == Disposition::delivered || result.disposition == Disposition::rejected) {
            unauthorized_since_success_ = false;
        } else {
            unauthorized_since_success_ =
                unauthorized_since_success_ || result.disposition == Disposition::unauthorized;
            failed_.insert(request.begin(), request.end());
        }
        if (result.disposition == Disposition::rejected && request.size() > 1) {
            return scheduler_->bisect(sent_request.in_flight, request, now_);
        }
        std::vector<Scheduler::Sent> sent;
        std::vector<Duration> outside_pauses;
        for (const Offset offset : request) {
            const Accepted& record = stream_.at(offset);
            const bool rejected =
                result.disposition == Disposition::delivered && !is_well_ && request.size() > 1 && chance_.in(20);
            if (result.disposition == Disposition::delivered && !rejected) arrive(record);
            sent.push_back({offset, pauses_->age(record.received, wall()), rejected});
            outside_pauses.push_back(outside_ - record.received_outside);
            EXPECT_TRUE(sent.back().age <= outside_pauses.back() || outside_pauses.back() > policy().max_age)
                << "a pause made it older: " << offset;
        }
        std::vector<Resolution> resolutions;
        scheduler_->answered(sent_request.in_flight, sent, result, now_, resolutions);
        ASSERT_EQ(resolutions.size(), request.size());
        for (std::size_t i = 0; i < request.size(); ++i) {
            const bool is_dead = result.disposition == Disposition::rejected || sent[i].rejected;
            EXPECT_EQ(resolutions[i] == Resolution::delivered,
                      result.disposition == Disposition::delivered && !is_dead);
            EXPECT_TRUE(!is_dead || resolutions[i] == Resolution::dead_letter);
            EXPECT_TRUE(is_dead || resolutions[i] != Resolution::dead_letter || outside_pauses[i] > policy().max_age)
                << "dead-lettered too early";
            if (resolutions[i] == Resolution::retry) continue;
            dead_ += resolutions[i] == Resolution::dead_letter ? 1 : 0;
            remove(request[i]);
        }
    }

    void remove(Offset offset) {
        over_.insert(offset);
        order_.remove(stream_.at(offset));
        stream_.remove(offset);
    }

    void report_pause() {
        const bool news = scheduler_->pause_message()
                              ? pauses_->begin(PauseReason::credentials, *scheduler_->pause_message(), wall())
                              : pauses_->end(PauseReason::credentials, wall());
        if (!news) return;
        EXPECT_TRUE(pauses_->ongoing().empty() || unauthorized_since_success_)
            << "paused though a request has just succeeded";
        encoded_pauses_ = pauses_->encode();
        pauses_begun_ += pauses_->ongoing().size();
    }

    // Customer.io

    DeliveryResult random_verdict(const Accepted& record) {
        DeliveryResult result = delivery::result(Disposition::delivered);
        if (chance_.in(20)) result = delivery::result(Disposition::rejected, "400");
        const bool poisoned = faults_ == FaultSchedule::poisoned && record.keys.person == poisoned_person;
        if (poisoned || (faults_ == FaultSchedule::failing ? !chance_.in(5) : chance_.in(10))) {
            result = delivery::result(chance_.in(10) ? Disposition::redirected : Disposition::retry, "503");
            result.throttled = chance_.in(4);
            if (chance_.in(4)) result.retry_after = seconds{chance_.below(100'000)};
        }
        if (faults_ == FaultSchedule::unauthorized ? !chance_.in(10) : chance_.in(200)) {
            result = delivery::result(Disposition::unauthorized, "401");
        }
        return result;
    }

    // Each person's events arrive for the first time in the order of their offsets, unless a crash brought a
    // dead-lettered one back after its successors had been delivered.
    void arrive(const Accepted& record) {
        ++delivered_;
        if (record.keys.person == 0) return;
        Offset& latest = latest_arrival_.at(record.keys.person);
        EXPECT_TRUE(record.offset > latest || over_.contains(record.offset))
            << record.offset << " arrived for the first time behind " << latest;
        latest = std::max(latest, record.offset);
        over_.insert(record.offset);
    }

    Chance chance_;
    std::size_t max_items_;
    bool allow_same_person_;
    std::size_t skipped_keys_ = 0;
    FaultSchedule faults_ = FaultSchedule::none;
    bool is_well_ = false;
    std::size_t backlog_ = 100;
    TimePoint now_ = start;
    Duration outside_{};
    std::string encoded_pauses_;

    ModelLog stream_;
    Order order_;
    std::array<Offset, 32> latest_arrival_{};
    std::unordered_set<Offset> over_;  // arrived or were dead-lettered once

    std::unique_ptr<Scheduler> scheduler_;
    std::optional<PauseHistory> pauses_;
    std::vector<Request> sent_;
    std::unordered_set<Offset> failed_;  // or unauthorized, since the start
    bool retry_was_last_ = false;        // the last request was one
    bool unauthorized_since_success_ = false;
    std::optional<Scan> scan_;
    std::unordered_set<Offset> on_disk_;  // skipped
    Offset next_ = 1;
    bool scarce_ = false;

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
    const auto seed = test_setting("PINTLE_TEST_SEED", 1);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    std::cout << "seed " << seed << "\n";
    Simulation simulation(seed, max_items, allow_same_person);
    const auto steps = test_setting("PINTLE_TEST_STEPS", 1'000'000);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) simulation.step();
    if (!testing::Test::HasFailure()) simulation.drain();
    simulation.report();
    EXPECT_TRUE(simulation.has_seen_all() || steps < 1'000'000);
}

TEST(Model, NothingIsLostOutOfOrderStuckOrSentTwiceAtOnce) {
    run(1, false);
}

TEST(Model, NothingIsLostOutOfOrderStuckOrSentTwiceAtOnceInBatches) {
    run(8, false);
}

TEST(Model, NothingIsLostOutOfOrderStuckOrSentTwiceAtOnceInBatchesWithSeveralRecordsOfAQueue) {
    run(8, true);
}

}  // namespace
}  // namespace pintle::delivery
