// The lanes and the scheduler against a reference that is too simple to be wrong, over random steps. The seed is
// printed; PINTLE_TEST_SEED and PINTLE_TEST_STEPS set it and the number of steps.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "fixtures.hpp"

namespace pintle::schedule {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Chance {
public:
    explicit Chance(std::uint64_t seed) : source_(seed) {}
    std::uint64_t below(std::uint64_t limit) { return source_() % limit; }
    bool in(std::uint64_t n) { return below(n) == 0; }

private:
    std::mt19937_64 source_;
};

// Few persons and ids, so that they meet often; an id that many share.
mapping::Keys random_keys(Chance& chance) {
    mapping::Keys keys;
    if (!chance.in(4)) keys.person = 1 + chance.below(30);
    if (!chance.in(3)) keys.anonymous = chance.in(3) ? 100 : 101 + chance.below(20);
    if (chance.in(10)) keys.previous = chance.in(2) ? 1 + chance.below(30) : 100 + chance.below(20);
    return keys;
}

// The window as a plain list that is searched from end to end.
class Reference {
public:
    // The earlier records that this one must wait for, by the rule as design puts it.
    void admit(const Entry& entry) {
        Row row;
        const auto [person, anonymous, previous] = entry.keys;
        row.person = person;
        for (const std::uint64_t id : {anonymous, previous}) {
            if (id != 0 && id != person) row.ids.insert(id);
        }
        rows_[entry.position] = row;
        Row& placed = rows_[entry.position];
        if (person != 0) placed.lanes.insert(person);
        for (const std::uint64_t id : row.ids) {
            if (persons_of(id) > 8) shared_.insert(id);
            if (person == 0 || !shared_.contains(id)) placed.lanes.insert(id);
        }
    }

    bool ready(Position position) const {
        const Row& row = rows_.at(position);
        for (const auto& [other, earlier] : rows_) {
            if (other >= position) return true;
            for (const std::uint64_t lane : row.lanes) {
                if (earlier.lanes.contains(lane)) return false;
            }
        }
        return true;
    }

    void settle(Position position) {
        rows_.erase(position);
        std::erase_if(shared_, [&](std::uint64_t id) { return !named(id); });
    }

    std::size_t size() const { return rows_.size(); }
    const auto& rows() const { return rows_; }

private:
    struct Row {
        std::uint64_t person = 0;
        std::set<std::uint64_t> ids;    // that are not the person's own
        std::set<std::uint64_t> lanes;  // that it stands in
    };

    std::size_t persons_of(std::uint64_t id) const {
        std::set<std::uint64_t> persons;
        for (const auto& [position, row] : rows_) {
            if (row.person != 0 && row.ids.contains(id)) persons.insert(row.person);
        }
        return persons.size();
    }

    bool named(std::uint64_t id) const {
        for (const auto& [position, row] : rows_) {
            if (row.person == id || row.ids.contains(id)) return true;
        }
        return false;
    }

    std::map<Position, Row> rows_;
    std::set<std::uint64_t> shared_;
};

TEST(LanesModel, AgreeWithAPlainSearchAtEachStep) {
    const auto seed = setting("PINTLE_TEST_SEED", std::random_device{}());
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    std::cout << "seed " << seed << "\n";
    Chance chance(seed);
    Lanes lanes;
    Reference reference;
    std::set<Position> ready;
    Position last = 0;
    std::size_t limit = 40;
    const auto steps = setting("PINTLE_TEST_STEPS", 100'000);
    for (std::uint64_t i = 0; i < steps; ++i) {
        if (chance.in(500)) limit = chance.in(4) ? 0 : 1 + chance.below(80);  // the window empties now and then
        if (reference.size() < limit && !chance.in(3)) {
            const Entry entry{++last, random_keys(chance)};
            reference.admit(entry);
            const bool at_once = lanes.admit(entry);
            ASSERT_EQ(at_once, reference.ready(last)) << last;
            if (at_once) ready.insert(last);
        } else if (!ready.empty()) {
            const Position position = *std::next(ready.begin(), static_cast<long>(chance.below(ready.size())));
            ready.erase(position);
            reference.settle(position);
            std::vector<Position> freed;
            lanes.settle(position, freed);
            ASSERT_TRUE(std::is_sorted(freed.begin(), freed.end()));
            for (const Position next : freed) ASSERT_TRUE(ready.insert(next).second && reference.ready(next)) << next;
        }
        ASSERT_EQ(lanes.size(), reference.size());
        if (i % 16 != 0) continue;
        for (const auto& [position, row] : reference.rows()) {
            ASSERT_EQ(ready.contains(position), reference.ready(position)) << position;
        }
    }
}

delivery::Verdict random_verdict(Chance& chance, std::uint64_t weather) {
    using delivery::Fate;
    delivery::Verdict verdict = schedule::verdict(Fate::delivered);
    if (chance.in(20)) verdict.fate = Fate::dead;
    if (weather == 1 ? !chance.in(5) : chance.in(10)) {
        verdict.fate = chance.in(10) ? Fate::redirected : Fate::retry;
        verdict.throttled = chance.in(4);
        if (chance.in(4)) verdict.retry_after = seconds{chance.below(100'000)};
    }
    if (weather == 2 ? !chance.in(10) : chance.in(200)) verdict.fate = Fate::held;
    return verdict;
}

// A scheduler, the reference, and what happens to them.
class World {
public:
    explicit World(std::uint64_t seed) : chance_(seed), scheduler_(policy(), seed) {}

    void step() {
        if (chance_.in(2000)) weather_ = chance_.below(4);  // 1: it fails; 2: it refuses us
        switch (chance_.below(4)) {
            case 0: admit(); break;
            case 1: come_back(); break;
            default: send(); break;
        }
        ASSERT_EQ(scheduler_.size(), reference_.size());
        ASSERT_EQ(scheduler_.under_way(), sent_.size());
    }

    // All is well from now on: everything must be delivered.
    void drain() {
        weather_ = 0;
        well_ = true;
        while (reference_.size() != 0) {
            const Step step = send();
            if (step.what == Step::What::wait) now_ = std::max(now_, step.until);
            if (step.what != Step::What::send) {
                ASSERT_TRUE(step.what == Step::What::wait || !sent_.empty()) << "stuck with " << reference_.size();
                come_back();
            }
        }
        ASSERT_EQ(scheduler_.size(), 0);
    }

    std::uint64_t finished() const { return finished_; }

private:
    static Policy policy() {
        Policy policy;
        policy.connections = 16;
        policy.max_age = hours{2};
        return policy;
    }

    void admit() {
        if (reference_.size() >= 60) return;
        const Entry entry{++last_, random_keys(chance_)};
        reference_.admit(entry);
        scheduler_.admit(entry, Duration{chance_.below(7'200'000)}, now_);
    }

    Step send() {
        const Step step = scheduler_.next(now_);
        if (step.what == Step::What::wait) {
            EXPECT_GT(step.until, now_);
            now_ += chance_.in(4) ? step.until - now_ : TimePoint::duration{milliseconds{chance_.below(20)}};
        }
        if (step.what != Step::What::send) return step;
        EXPECT_TRUE(reference_.rows().contains(step.position)) << "sent what is not there: " << step.position;
        EXPECT_TRUE(reference_.ready(step.position)) << "out of order: " << step.position;
        EXPECT_TRUE(sent_.insert(step.position).second) << "sent twice at once: " << step.position;
        EXPECT_LE(sent_.size(), policy().connections);
        return step;
    }

    void come_back() {
        if (sent_.empty()) return;
        const Position position = *std::next(sent_.begin(), static_cast<long>(chance_.below(sent_.size())));
        sent_.erase(position);
        if (chance_.in(50)) return scheduler_.put_back(position, now_);
        if (chance_.in(50)) return scheduler_.resend(position, now_);
        if (chance_.in(100)) {
            scheduler_.discard(position);
            return finish(position);
        }
        const auto answer = well_ ? verdict(delivery::Fate::delivered) : random_verdict(chance_, weather_);
        const Outcome outcome = scheduler_.answered(position, answer, now_);
        EXPECT_EQ(outcome == Outcome::settled, answer.fate == delivery::Fate::delivered);
        EXPECT_TRUE(answer.fate != delivery::Fate::dead || outcome == Outcome::dead);
        if (outcome != Outcome::waiting) finish(position);
    }

    void finish(Position position) {
        reference_.settle(position);
        ++finished_;
    }

    Chance chance_;
    TimePoint now_ = start;
    Scheduler scheduler_;
    Reference reference_;
    std::set<Position> sent_;
    Position last_ = 0;
    std::uint64_t finished_ = 0;
    std::uint64_t weather_ = 0;
    bool well_ = false;
};

TEST(SchedulerModel, NothingIsLostOutOfOrderOrSentTwiceAtOnce) {
    const auto seed = setting("PINTLE_TEST_SEED", std::random_device{}());
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    std::cout << "seed " << seed << "\n";
    World world(seed);
    const auto steps = setting("PINTLE_TEST_STEPS", 200'000);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) world.step();
    if (!testing::Test::HasFailure()) world.drain();
    EXPECT_GT(world.finished(), steps / 1000);
    std::cout << world.finished() << " records\n";
}

}  // namespace
}  // namespace pintle::schedule
