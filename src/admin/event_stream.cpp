#include "admin/event_stream.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "admin/event_json.hpp"

namespace pintle::admin {
namespace {

constexpr auto as_value = boost::asio::as_tuple(boost::asio::use_awaitable_t<http::Executor>{});
constexpr std::chrono::seconds sign_of_life{5};

}  // namespace

EventStream::EventStream(live::Feed& feed, live::Filter filter, bool redact, const http::Executor& executor)
    : redact_(redact), alarm_(std::make_shared<Timer>(executor)) {
    watcher_ = feed.watch(std::move(filter),
                          [alarm = alarm_] { boost::asio::post(alarm->get_executor(), [alarm] { alarm->cancel(); }); });
}

http::Awaitable<std::string> EventStream::next() {
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

std::string EventStream::news() {
    std::string text;
    const auto news = watcher_->take();
    for (const auto& shown : news.shown) append_frame("event", to_json(*shown, redact_), text);
    if (news.skipped > 0) append_frame("skipped", "{\"skipped\":" + std::to_string(news.skipped) + "}", text);
    return text;
}

}  // namespace pintle::admin
