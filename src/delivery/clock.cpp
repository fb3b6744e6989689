#include "pintle/delivery/clock.hpp"

#include <utility>

#include "pintle/base/asio.hpp"

namespace pintle::delivery {
namespace {

class TimerAlarm final : public Alarm {
public:
    TimerAlarm(boost::asio::io_context& io, std::function<void()> on_time) : timer_(io), on_time_(std::move(on_time)) {}

    void set(TimePoint when) override {
        timer_.expires_at(when);
        timer_.async_wait([this](boost::system::error_code error) {
            if (!error) on_time_();
        });
    }
    void cancel() override { timer_.cancel(); }

private:
    Timer timer_;
    std::function<void()> on_time_;
};

}  // namespace

std::unique_ptr<Alarm> SystemClock::make_alarm(boost::asio::io_context& io, std::function<void()> on_time) const {
    return std::make_unique<TimerAlarm>(io, std::move(on_time));
}

}  // namespace pintle::delivery
