// The scheduler alone: what one record costs from `enqueue` to its response, by the number of records in memory.

#include <random>

#include <benchmark/benchmark.h>

#include "pintle/base/ordering_keys.hpp"
#include "scheduler.hpp"

namespace {

using namespace pintle;
using delivery::Offset;
using delivery::Scheduler;
using delivery::Step;

// A rate and a number of connections that never say no.
delivery::Policy unlimited() {
    delivery::Policy policy;
    policy.rate = 1e12;
    policy.connections = 1'000'000'000;
    return policy;
}

OrderingKeys random_keys(std::mt19937_64& chance, std::uint64_t persons) {
    const std::uint64_t person = 1 + chance() % persons;
    return {person, person + (std::uint64_t{1} << 40U), 0};
}

// `waiting` records of half as many persons are in memory, each with an anonymous id; one comes and one is delivered a
// turn.
void a_record(benchmark::State& state) {
    const auto waiting = static_cast<std::uint64_t>(state.range(0));
    std::mt19937_64 chance(1);
    Scheduler scheduler(unlimited(), 1);
    customerio::DeliveryResult delivered;
    delivered.disposition = customerio::Disposition::delivered;
    delivery::TimePoint now{std::chrono::hours{1}};
    Offset last = 0;
    const auto enqueue = [&] { scheduler.enqueue({++last, random_keys(chance, waiting / 2 + 1)}); };
    while (last < waiting) enqueue();
    for (auto _ : state) {
        now += std::chrono::microseconds{1};
        enqueue();
        const Step step = scheduler.next(now);
        benchmark::DoNotOptimize(scheduler.answered(step, delivered, {}, now));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(a_record)->Arg(64)->Arg(10'000)->Arg(1'000'000);

// All records of one person: each blocks the next one.
void a_record_of_one_queue(benchmark::State& state) {
    Scheduler scheduler(unlimited(), 1);
    customerio::DeliveryResult delivered;
    delivered.disposition = customerio::Disposition::delivered;
    delivery::TimePoint now{std::chrono::hours{1}};
    Offset last = 0;
    while (last < 1'000'000) scheduler.enqueue({++last, {7, 0, 0}});
    for (auto _ : state) {
        now += std::chrono::microseconds{1};
        scheduler.enqueue({++last, {7, 0, 0}});
        const Step step = scheduler.next(now);
        benchmark::DoNotOptimize(scheduler.backing_off({last, {7, 0, 0}}));
        benchmark::DoNotOptimize(scheduler.answered(step, delivered, {}, now));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(a_record_of_one_queue);

// A destination that is down: a million records wait, and each attempt fails.
void an_attempt_that_fails(benchmark::State& state) {
    Scheduler scheduler(unlimited(), 1);
    const customerio::DeliveryResult unavailable;
    delivery::TimePoint now{std::chrono::hours{1}};
    Offset last = 0;
    for (; last < 1'000'000; ++last) scheduler.enqueue({last + 1, {last + 1, 0, 0}});
    for (auto _ : state) {
        Step step = scheduler.next(now);
        for (; step.action == Step::Action::wait; step = scheduler.next(now)) now = step.until;
        benchmark::DoNotOptimize(scheduler.answered(step, unavailable, {}, now));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(an_attempt_that_fails);

}  // namespace
