#include "event_stream_response.hpp"

#include <iterator>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "event_json.hpp"
#include "pintle/base/asio.hpp"

namespace pintle::admin {
namespace {

constexpr std::chrono::seconds sign_of_life{5};
constexpr std::size_t part_size = 256UL * 1024;  // written at once; bounds how long the thread is busy

}  // namespace

EventStreamResponse::EventStreamResponse(events::EventStream& events, events::Filter filter, bool redact,
                                         const Executor& executor)
    : redact_(redact), alarm_(std::make_shared<Timer>(executor)) {
    subscriber_ = events.subscribe(std::move(filter), [alarm = alarm_] {
        boost::asio::post(alarm->get_executor(), [alarm] { alarm->cancel(); });
    });
}

Awaitable<std::string> EventStreamResponse::next() {
    if (!std::exchange(begun_, true)) co_return ": pintle " PINTLE_VERSION "\n\n";
    alarm_->expires_after(sign_of_life);
    std::string text = news();
    while (text.empty()) {
        const auto [error] = co_await alarm_->async_wait(as_value);
        text = news();
        if (!error && text.empty()) text = ": nothing new\n\n";
    }
    co_return text;
}

std::string EventStreamResponse::news() {
    if (shown_.empty()) {
        auto news = subscriber_->take();
        shown_.assign(std::make_move_iterator(news.shown.begin()), std::make_move_iterator(news.shown.end()));
        skipped_ += news.skipped;
    }
    std::string text;
    for (; !shown_.empty() && text.size() < part_size; shown_.pop_front())
        append_frame("event", to_json(*shown_.front(), redact_), text);
    if (const auto skipped = shown_.empty() ? std::exchange(skipped_, 0) : 0; skipped > 0)
        append_frame("skipped", "{\"skipped\":" + std::to_string(skipped) + "}", text);
    return text;
}

}  // namespace pintle::admin
