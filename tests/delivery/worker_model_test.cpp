// The real DestinationWorker against a reference that is too simple to be wrong, over random steps: a journal whose
// disk fails and whose latest acks a crash may bring back, a Customer.io that responds at random, restarts, reloads and
// pauses. PINTLE_TEST_SEED and PINTLE_TEST_STEPS set the seed and the number of steps.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "pintle/logging/logging.hpp"
#include "random_steps.hpp"
#include "worker_fixture.hpp"

namespace pintle::delivery {
namespace {

enum class Faults : std::uint8_t { none, failing, unauthorized, one_person, count };

class Model : WorkerFixture {
public:
    explicit Model(std::uint64_t seed) : WorkerFixture(seed), chance_(seed) {
        journal.on_finish = [this](Offset offset, const journal::DeadLetter* letter) { on_finish(offset, letter); };
        network.on_call = [this](const FakeNetwork::Call& call) { on_call(call); };
        network.on_cancel = [this](const FakeNetwork::Call& call) {
            for (const Offset offset : offsets_in(call.request)) in_flight_.erase(offset);
        };
        destination.max_age = hours{2};
        change_configuration();
        start_worker();
    }

    void step() {
        if (chance_.in(3'000)) faults_ = Faults{static_cast<std::uint8_t>(chance_.below(std::size_t(Faults::count)))};
        if (chance_.in(3'000)) max_pending_ = chance_.in(4) ? 3'000 : chance_.below(200);
        if (chance_.in(500)) journal.read_fails = chance_.in(2);
        if (chance_.in(4'000)) return restart_after(chance_.below(3));
        if (chance_.in(3'000)) return reload_another();
        if (chance_.in(journal.owned ? 3'000 : 30)) return change_owner();
        if (journal.owned && chance_.in(2'000)) return toggle_pause();
        switch (chance_.below(12)) {
            case 0:
            case 1:
            case 2: append_one(); break;
            case 3: poll_and_look(); break;
            case 4:
            case 5:
                poll_one();
                look();
                break;
            case 6: pass_some(); break;
            case 7: write(); break;
            default: respond_to_any(); break;
        }
    }

    // All is well from now on: everything must be delivered or dead-lettered.
    void drain() {
        is_well_ = true;
        if (!journal.owned) change_owner();
        journal.read_fails = false;
        if (paused_by_operator_) toggle_pause();
        append_one();  // so that the worker hears of commits that were not handed over
        for (int rounds = 0; !journal.records.empty(); ++rounds) {
            ASSERT_LT(rounds, 100'000) << "stuck with " << journal.records.size() << " records";
            write();
            poll_and_look();
            while (!network.calls.empty()) {
                respond_to_any();
                poll_and_look();
            }
            if (const auto next = clock.next_alarm()) let_pass(*next - clock.now());
        }
        poll_and_look();
        EXPECT_TRUE(worker->is_idle());
        EXPECT_FALSE(worker->status().paused());
        EXPECT_THAT(in_flight_, testing::IsEmpty());
        for (const auto& [id, offsets] : keyed_) EXPECT_THAT(offsets, testing::IsEmpty());
        EXPECT_EQ(finished_.size(), journal.last_offset) << "a record is neither acked nor dead-lettered";
    }

    void report() const {
        std::cout << acked_ << " acked, " << dead_ << " dead (" << too_old_ << " too old), " << restarts_
                  << " restarts, " << losses_ << " losses of the stream, " << finished_by_others_
                  << " finished by others, " << reloads_ << " reloads, " << pauses_ << " pauses, " << batches_
                  << " batches\n";
    }
    bool has_seen_all() const {
        return acked_ > 0 && dead_ > too_old_ && too_old_ > 0 && restarts_ > 0 && finished_by_others_ > 0 &&
               reloads_ > 0 && pauses_ > 0 && batches_ > 0;
    }

private:
    static constexpr std::uint64_t poisoned_person = 7;

    enum class Kind : std::uint8_t { event, unmappable, unreadable };
    struct Accepted {
        Kind kind = Kind::event;
        OrderingKeys keys;
        milliseconds unpaused_at{};  // on a clock that stands still in pauses
    };
    enum class Answer : std::uint8_t { delivered, rejected };

    // The daemon and its senders

    void append_one() {
        if (journal.records.size() >= max_pending_ && !is_well_) return;
        const Offset offset = journal.last_offset + 1;
        Accepted record;
        record.keys = keys();
        record.unpaused_at = unpaused_;
        std::string bytes;
        if (chance_.in(500)) {
            record.kind = Kind::unreadable;
            record.keys = {};
            bytes = "no record";
        } else {
            std::string event = R"({"type":"track","userId":"p","messageId":"m")";
            if (chance_.in(200)) {
                record.kind = Kind::unmappable;
            } else {
                event += R"(,"event":"n)" + std::to_string(offset) + '"';
            }
            bytes = record_bytes(record.keys, event + "}", clock.wall_now());
        }
        pend(offset, record);
        accepted_.push_back(record);
        journal.append(std::move(bytes), is_well_ || !chance_.in(50));
    }

    // Groups of six persons who share ids: an id of more than 8 would be no key any more.
    OrderingKeys keys() {
        const std::uint64_t group = 100 * chance_.below(4);
        OrderingKeys keys;
        if (!chance_.in(4)) keys.person = group + 1 + chance_.below(6);
        if (keys.person == 0 || !chance_.in(3)) keys.anonymous = group + 11 + chance_.below(3);
        if (chance_.in(10)) keys.previous = group + (chance_.in(2) ? 1 + chance_.below(6) : 11 + chance_.below(3));
        return keys;
    }

    static std::set<std::uint64_t> ids_of(const Accepted& record) {
        std::set ids{record.keys.person, record.keys.anonymous, record.keys.previous};
        ids.erase(0);
        return ids;
    }
    const Accepted& at(Offset offset) const { return accepted_.at(offset - 1); }

    void pend(Offset offset, const Accepted& record) {
        for (const auto id : ids_of(record)) keyed_[id].insert(offset);
    }

    void change_configuration() {
        destination.api_key = "key " + std::to_string(++reloads_);
        destination.mapping.api_version = chance_.in(2) ? customerio::ApiVersion::v1 : customerio::ApiVersion::v2;
        destination.max_items = chance_.in(2) ? 8 : 500;
        destination.allow_same_person = chance_.in(2);
        destination.connections = chance_.in(2) ? 4 : 16;
        destination.rate = chance_.in(4) ? 10 : 1'000;
        const std::array regions{config::Region::us, config::Region::eu, config::Region::autodetect};
        destination.region = regions.at(chance_.below(4) % 3);
        destination.site_id = "site " + std::to_string(chance_.below(20));
    }

    void reload_another() {
        poll();  // what is begun before has the former configuration
        change_configuration();
        reload();
        look();
    }

    void toggle_pause() {
        poll();  // what is begun before is sent
        paused_by_operator_ = !paused_by_operator_;
        auto done = paused_by_operator_ ? worker->pause_by_operator("maintenance", "ada") : worker->resume("ada");
        poll_and_look();
        EXPECT_EQ(done.wait_for(seconds{0}), std::future_status::ready);
        EXPECT_EQ(worker->status().paused() && worker->status().paused()->reason == PauseReason::by_operator,
                  paused_by_operator_);
    }

    // Another process owns the stream for a while, or for no time at all.
    void change_owner() {
        if (!journal.owned) {
            finish_as_another_owner();
            journal.own(true);
            return poll_and_look();
        }
        ++losses_;
        write();
        const bool is_brief = chance_.in(3);
        journal.own(false);
        if (is_brief) journal.own(true);
        poll();  // until then responses that have come count
        if (!is_brief) {
            EXPECT_TRUE(worker->is_idle());
            EXPECT_THAT(network.calls, testing::IsEmpty());
            EXPECT_THAT(in_flight_, testing::IsEmpty());
            answers_.clear();
        }
        look();
    }

    // Another owner keeps the order as well.
    void finish_as_another_owner() {
        for (auto count = chance_.below(20); count > 0 && !journal.records.empty(); --count) {
            auto at_record = journal.records.begin();
            std::advance(at_record, static_cast<std::ptrdiff_t>(chance_.below(journal.records.size())));
            const auto offset = at_record->first;
            if (!may_go(offset, {})) continue;
            for (const auto id : ids_of(at(offset))) keyed_[id].erase(offset);
            finished_.insert(offset);
            journal.records.erase(at_record);
            ++finished_by_others_;
        }
    }

    // A crash, or the end of a drain, in time or not.
    void restart_after(std::uint64_t how) {
        ++restarts_;
        if (how > 0) {
            worker->stop_dispatch();
            poll_and_look();
        }
        if (how > 1) {
            worker->close();
            poll_and_look();
            EXPECT_TRUE(worker->is_idle());
        }
        stop();
        if (how == 0 && chance_.in(2)) {
            // The latest acks were not on disk.
            for (auto lost = chance_.below(unwritten_.size() + 1); lost-- > 0; unwritten_.pop_back()) {
                const auto& [offset, bytes] = unwritten_.back();
                journal.records[offset] = bytes;
                finished_.erase(offset);
                pend(offset, at(offset));
            }
        }
        write();
        answers_.clear();
        in_flight_.clear();
        let_pass(seconds{chance_.in(2) ? 1 : chance_.below(3'000)}, false);
        start_worker();
        look();
    }

    void write() {
        unwritten_.clear();
        journal.unwritten = 0;
        journal.acked.clear();
        journal.letters.clear();
    }

    void poll_and_look() {
        poll();
        look();
    }

    void look() {
        const bool paused = worker->status().paused().has_value();
        pauses_ += paused && !paused_ ? 1 : 0;
        paused_ = paused;
    }

    void pass_some() {
        poll_and_look();
        const auto next = clock.next_alarm();
        const auto some = milliseconds{chance_.below(chance_.in(50) ? 600'000 : 20)};
        let_pass(next && chance_.in(2) ? *next - clock.now() : some);
    }

    // Whole milliseconds, as the wall clock has them.
    void let_pass(TimePoint::duration time, bool runs = true) {
        const auto whole = std::chrono::ceil<milliseconds>(std::max(time, TimePoint::duration::zero()));
        if (!paused_) unpaused_ += whole;
        clock.set(clock.now() + whole);
        if (runs && chance_.in(2)) poll_and_look();
    }

    // Customer.io

    static std::vector<Offset> offsets_in(const HttpRequest& request) {
        static constexpr std::string_view mark = R"("name":"n)";
        std::vector<Offset> offsets;
        const std::string_view body = request.body;
        for (auto at = body.find(mark); at != std::string_view::npos; at = body.find(mark, at)) {
            at += mark.size();
            Offset offset = 0;
            std::from_chars(body.data() + at, body.data() + body.size(), offset);
            offsets.push_back(offset);
        }
        return offsets;
    }

    void on_call(const FakeNetwork::Call& call) {
        if (call.request.method == "GET") return;
        const auto offsets = offsets_in(call.request);
        EXPECT_FALSE(offsets.empty());
        EXPECT_TRUE(journal.owned);
        EXPECT_FALSE(paused_by_operator_ && worker->status().paused()) << "sent while an operator paused it";
        const bool is_v2 = destination.mapping.api_version == customerio::ApiVersion::v2;
        EXPECT_LE(offsets.size(), is_v2 ? destination.max_items : 1);
        EXPECT_LE(std::ranges::count(network.calls, "POST", [](const auto& each) { return each.request.method; }),
                  static_cast<std::ptrdiff_t>(destination.connections));
        EXPECT_EQ(call.options.api_key, destination.api_key) << "sent with former credentials";
        batches_ += offsets.size() > 1 ? 1 : 0;
        std::vector<Offset> before;
        for (const Offset offset : offsets) {
            EXPECT_TRUE(journal.records.contains(offset)) << "sent what is finished: " << offset;
            EXPECT_TRUE(in_flight_.insert(offset).second) << "sent twice at once: " << offset;
            EXPECT_TRUE(may_go(offset, before)) << "out of order: " << offset;
            if (destination.allow_same_person) before.push_back(offset);
        }
    }

    // All earlier records that share an id are finished, or go before it in the same request.
    bool may_go(Offset offset, const std::vector<Offset>& before) const {
        return std::ranges::all_of(ids_of(at(offset)), [&](std::uint64_t id) {
            const auto& offsets = keyed_.at(id);
            return std::all_of(offsets.begin(), offsets.find(offset),
                               [&](Offset earlier) { return std::ranges::find(before, earlier) != before.end(); });
        });
    }

    void respond_to_any() {
        if (network.calls.empty()) return;
        const auto which = chance_.below(network.calls.size());
        const auto& call = network.calls[which];
        if (call.request.method == "GET") return network.respond(region_response(), which);
        const auto offsets = offsets_in(call.request);
        HttpResponse response = event_response(at(offsets.front()).keys.person);
        if (response.status == 200 && offsets.size() > 1 && !is_well_ && chance_.in(5)) {
            response.status = 207;
            response.body = R"({"errors":[)";
        }
        for (std::size_t i = 0; i < offsets.size(); ++i) {
            in_flight_.erase(offsets[i]);
            const bool fails = response.status == 207 && chance_.in(10);
            if (fails) {
                response.body += response.body.ends_with('[') ? "" : ",";
                response.body += R"({"batch_index":)" + std::to_string(i) + R"(,"reason":"invalid"})";
            }
            if (fails || (response.status == 422 && offsets.size() == 1)) {
                answers_[offsets[i]] = Answer::rejected;
            } else if (response.status == 200 || response.status == 207) {
                answers_[offsets[i]] = Answer::delivered;
            }
        }
        if (response.status == 207) response.body += "]}";
        network.respond(std::move(response), which);
    }

    HttpResponse region_response() {
        HttpResponse response;
        response.status = is_well_ || chance_.in(2) ? 200 : 503;
        response.body = chance_.in(2) ? R"({"region":"eu"})" : R"({"region":"us"})";
        return response;
    }

    HttpResponse event_response(std::uint64_t person) {
        HttpResponse response;
        response.status = 200;
        if (is_well_) return response;
        if (chance_.in(30)) response.status = 422;
        const bool is_poisoned = faults_ == Faults::one_person && person % 100 == poisoned_person % 6;
        if (is_poisoned || (faults_ == Faults::failing ? !chance_.in(5) : chance_.in(10))) {
            response.status = chance_.in(4) ? 429 : chance_.in(4) ? 0 : 503;
            if (response.status == 0) response.error = "connection reset";
            if (chance_.in(8)) response.retry_after = std::to_string(chance_.below(5'000));
        }
        if (faults_ == Faults::unauthorized ? !chance_.in(10) : chance_.in(200)) response.status = 401;
        if (chance_.in(200)) {
            response.status = 308;
            response.location = chance_.in(3)   ? "https://example.com/"
                                : chance_.in(2) ? "https://track-eu.customer.io/"
                                                : "https://track.customer.io/";
        }
        return response;
    }

    // The journal

    void on_finish(Offset offset, const journal::DeadLetter* letter) {
        ASSERT_TRUE(journal.records.contains(offset)) << "finished twice: " << offset;
        EXPECT_TRUE(finished_.insert(offset).second);
        const Accepted& record = at(offset);
        const auto answer = answers_.find(offset);
        if (letter == nullptr) {
            ++acked_;
            EXPECT_TRUE(answer != answers_.end() && answer->second == Answer::delivered)
                << "acked without a response: " << offset;
        } else {
            ++dead_;
            EXPECT_TRUE(fits(*letter, record, answer))
                << offset << " died from " << code(letter->reason) << ": " << letter->message << " after "
                << letter->attempts << " attempts, " << (unpaused_ - record.unpaused_at).count()
                << " ms without pauses";
        }
        for (const auto id : ids_of(record)) keyed_[id].erase(offset);
        if (answer != answers_.end()) answers_.erase(answer);
        unwritten_.emplace_back(offset, journal.records[offset]);
        ++journal.unwritten;
    }

    bool fits(const journal::DeadLetter& letter, const Accepted& record,
              std::map<Offset, Answer>::const_iterator answer) {
        const bool was_rejected = answer != answers_.end() && answer->second == Answer::rejected;
        switch (letter.reason) {
            case Reason::rejected_207:
            case Reason::rejected_422: return was_rejected && record.kind == Kind::event && !letter.body.empty();
            case Reason::too_old:
                ++too_old_;
                return unpaused_ - record.unpaused_at > destination.max_age && letter.attempts > 0;
            case Reason::event_name_missing: return record.kind == Kind::unmappable;
            case Reason::unreadable_record: return record.kind == Kind::unreadable && letter.event == "no record";
            default: return false;
        }
    }

    Chance chance_;
    Faults faults_ = Faults::none;
    bool is_well_ = false;
    std::size_t max_pending_ = 100;
    bool paused_by_operator_ = false;
    bool paused_ = false;       // for whatever reason, as last seen
    milliseconds unpaused_{0};  // a clock that stands still in pauses

    std::vector<Accepted> accepted_;                   // by offset
    std::map<std::uint64_t, std::set<Offset>> keyed_;  // pending records, by id
    std::set<Offset> finished_;                        // acked or dead-lettered
    std::set<Offset> in_flight_;
    std::map<Offset, Answer> answers_;  // of records that are not finished
    std::vector<std::pair<Offset, std::string>> unwritten_;

    std::uint64_t acked_ = 0;
    std::uint64_t dead_ = 0;
    std::uint64_t too_old_ = 0;
    std::uint64_t restarts_ = 0;
    std::uint64_t reloads_ = 0;
    std::uint64_t pauses_ = 0;
    std::uint64_t losses_ = 0;
    std::uint64_t finished_by_others_ = 0;
    std::uint64_t batches_ = 0;
};

TEST(WorkerModel, LosesNothingKeepsTheOrderAndAcksOnceAfterTheResponse) {
    const auto seed = test_setting("PINTLE_TEST_SEED", 1);
    const auto steps = test_setting("PINTLE_TEST_STEPS", 1'000'000);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    std::cout << "seed " << seed << ", " << steps << " steps\n";
    spdlog::set_level(spdlog::level::off);
    Model model(seed);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) model.step();
    if (!testing::Test::HasFailure()) model.drain();
    spdlog::set_level(spdlog::level::info);
    model.report();
    EXPECT_TRUE(model.has_seen_all() || steps < 200'000);
}

}  // namespace
}  // namespace pintle::delivery
