#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "pintle/base/age_clock.hpp"
#include "pintle/base/time.hpp"

namespace pintle::delivery {

using TimePoint = std::chrono::steady_clock::time_point;

// Calls one function at a time that is set.
class Alarm {
public:
    virtual ~Alarm() = default;

    // Replaces the time that was set before. A time that has passed is due now.
    virtual void set(TimePoint when) = 0;
    virtual void cancel() = 0;
};

// The time as a worker sees it. Tests replace it. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;

    virtual TimePoint now() const = 0;  // never goes back
    virtual WallTime wall_now() const = 0;
    virtual WallTime age_now() const = 0;                   // by the AgeClock
    virtual WallTime wall_time_of(WallTime age) const = 0;  // a time of the AgeClock, for people

    // An alarm that calls `on_time` on the thread of `io`. `io` must not run any more when the alarm is destroyed.
    virtual std::unique_ptr<Alarm> make_alarm(boost::asio::io_context& io, std::function<void()> on_time) const = 0;
};

// The clocks of this machine. `ages` must outlive it.
class SystemClock final : public Clock {
public:
    explicit SystemClock(const AgeClock& ages) : ages_(ages) {}

    TimePoint now() const override { return std::chrono::steady_clock::now(); }
    WallTime wall_now() const override { return pintle::wall_now(); }
    WallTime age_now() const override { return ages_.now(); }
    WallTime wall_time_of(WallTime age) const override { return ages_.by_wall(age); }
    std::unique_ptr<Alarm> make_alarm(boost::asio::io_context& io, std::function<void()> on_time) const override;

private:
    const AgeClock& ages_;
};

}  // namespace pintle::delivery
