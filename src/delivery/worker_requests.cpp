// One request: which records go in it, how they become one, and what comes of its answer for each.
#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/batch.hpp"
#include "pintle/delivery/destination_worker.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/logging/logging.hpp"
#include "redirect.hpp"

namespace pintle::delivery {

using customerio::DeliveryResult;
using customerio::Disposition;
using journal::Offset;

namespace {

constexpr std::chrono::seconds read_pause{1};  // after the disk failed
constexpr int max_redirects = 5;

}  // namespace

// What goes in one request.
struct DestinationWorker::OutboundRequest {
    struct Item {
        Offset offset = 0;
        std::string bytes;  // the record
        WallTime queued;
    };
    InFlight in_flight;
    std::vector<Item> items;
    HttpRequest request;
    bool disk_failed = false;

    std::vector<Offset> offsets() const {
        std::vector<Offset> all;
        all.reserve(items.size());
        for (const Item& item : items) all.push_back(item.offset);
        return all;
    }
};

// The record's bytes; empty where the disk fails.
Awaitable<std::string> DestinationWorker::load(Offset offset) {
    std::string bytes = payloads_.take(offset);
    if (!bytes.empty()) co_return bytes;
    co_return co_await boost::asio::async_initiate<decltype(awaiting), void(std::string)>(
        [this, offset](auto handler) {
            boost::asio::post(
                readers_, [this, offset, name = destination_.name, handler = std::move(handler)]() mutable {
                    std::string found;
                    try {
                        auto records = journal_.read(stream_, offset - 1, 1, 1);
                        if (!records.empty() && records.front().offset == offset)
                            found = std::move(records.front().bytes);
                    } catch (const std::exception& error) {
                        logging::error("journal_read_failed destination={} reason=\"{}\"", name, error.what());
                    }
                    boost::asio::post(io_, [handler = std::move(handler), found = std::move(found)]() mutable {
                        std::move(handler)(std::move(found));
                    });
                });
        },
        awaiting);
}

Result<void> DestinationWorker::map(std::string_view event, customerio::Mapped& mapped) {
    const auto parsed = event_.parse(event);
    return parsed ? mapper_.map(event_, mapped) : parsed;
}

// Maps the records one after the other into one request, and gives back to the scheduler what does not go in it.
Awaitable<DestinationWorker::OutboundRequest> DestinationWorker::build_request(std::vector<Offset> offsets) {
    OutboundRequest request_out;
    customerio::Batch batch;
    customerio::Mapped mapped;
    bool full = false;
    bool gap = false;  // somebody was left out: none that follows may go
    const auto exclude = [&](Offset offset, std::string bytes, bool unbatchable = false) {
        if (!bytes.empty()) payloads_.put(offset, std::move(bytes));
        scheduler_.exclude(offset, unbatchable);
        gap = true;
    };
    for (const Offset offset : offsets) {
        if (full || (gap && scheduler_.is_blocked_by_previous(offset))) {
            exclude(offset, {});
            continue;
        }
        std::string bytes = co_await load(offset);
        const auto record = journal::decode(bytes);
        if (!record) {  // the disk fails; `load` has said so
            request_out.disk_failed = full = true;
            exclude(offset, {});
            continue;
        }
        if (const auto done = map(record->event, mapped); !done) {  // the options have changed since it was taken in
            if (scheduler_.is_blocked_by_previous(offset)) {
                exclude(offset, std::move(bytes));
                continue;
            }
            dead_letter(offset, bytes, {}, done.error(), std::string(sentence(done.error())),
                        scheduler_.attempts(offset));
            scheduler_.discard(offset);
            continue;
        }
        if (offsets.size() > 1 && batch.add(mapped.request)) {
            request_out.items.push_back({offset, std::move(bytes), record->queued()});
        } else if (batch.size() == 0) {  // it is the only one, or cannot go with others and comes first
            request_out.items.push_back({offset, std::move(bytes), record->queued()});
            std::swap(request_out.request, mapped.request);
            full = true;
        } else {
            full = customerio::is_batch_item(mapped.request);  // it has no room
            exclude(offset, std::move(bytes), !full);
        }
    }
    if (batch.size() > 0) batch.finish(request_out.request);
    co_return request_out;
}

Awaitable<void> DestinationWorker::deliver(InFlight request, std::vector<Offset> offsets) {
    OutboundRequest request_out = co_await build_request(std::move(offsets));
    request_out.in_flight = request;
    if (request_out.items.empty()) {
        if (request_out.disk_failed) {
            Timer pause(io_, read_pause);
            co_await pause.async_wait(awaiting);
        }
        scheduler_.cancel(request);
        co_return;
    }
    const auto client = client_;
    const http::client::Endpoint asked = client->endpoint();
    const auto begin = steady_now();
    counts_.requests_in_flight.fetch_add(1, std::memory_order_relaxed);
    const HttpResponse response = co_await client->send(request_out.request);
    counts_.requests_in_flight.fetch_sub(1, std::memory_order_relaxed);
    counts_.request_duration.add(steady_now() - begin);
    if (response.status == 0 && stopping_) {
        scheduler_.requeue(request, request_out.offsets());
        co_return;
    }
    const auto result = customerio::classify_batch(response, request_out.items.size(), wall_now());
    // What does not work by a configuration that is no longer in force says nothing about the one that is.
    const bool outdated = client != client_ && result.whole.disposition != Disposition::delivered &&
                          result.whole.disposition != Disposition::rejected;
    if (outdated || follow(*client, asked, response, result.whole)) {
        requeue_records(request_out);
        scheduler_.resend(request, request_out.offsets());
    } else if (result.bisect) {
        bisect(request_out, result.whole);
    } else {
        apply_response(request_out, response, result);
    }
}

// The records wait for another turn.
void DestinationWorker::requeue_records(OutboundRequest& request_out) {
    for (auto& item : request_out.items) payloads_.put(item.offset, std::move(item.bytes));
}

void DestinationWorker::bisect(OutboundRequest& request_out, const DeliveryResult& result) {
    logging::info("batch_rejected destination={} items={} reason={} message=\"{}\"", destination_.name,
                  request_out.items.size(), code(result.reason), result.message);
    requeue_records(request_out);
    scheduler_.bisect(request_out.in_flight, request_out.offsets(), steady_now());
}

void DestinationWorker::apply_response(OutboundRequest& request_out, const HttpResponse& response,
                                       const customerio::BatchResult& result) {
    const auto& [halved, whole, rejected] = result;
    report_error(response, whole);
    std::vector<Scheduler::Sent> sent;
    std::vector<std::uint32_t> attempts;
    sent.reserve(request_out.items.size());
    attempts.reserve(request_out.items.size());
    const auto now = wall_now();
    const auto age_now = ages_.now();
    for (const auto& item : request_out.items) {
        sent.push_back({item.offset, pauses_.age(item.queued, age_now), false});
        attempts.push_back(scheduler_.attempts(item.offset) + (whole.disposition == Disposition::unauthorized ? 0 : 1));
    }
    for (const auto& item : rejected) sent[item.index].rejected = true;
    std::vector<Resolution> resolutions;
    scheduler_.answered(request_out.in_flight, sent, whole, steady_now(), resolutions);

    auto next_rejected = rejected.begin();
    for (std::size_t i = 0; i < resolutions.size(); ++i) {
        auto& [offset, bytes, queued] = request_out.items[i];
        const bool by_itself = sent[i].rejected;
        switch (resolutions[i]) {
            case Resolution::delivered:
                record_observation(events::Outcome::delivered, bytes, response, {}, {}, attempts[i], now);
                ack(offset, bytes.size(), queued, age_now);
                break;
            case Resolution::dead_letter:
                if (by_itself) {
                    dead_letter(offset, bytes, {response.status, next_rejected->error, {}, {}, {}},
                                Reason::rejected_207, next_rejected->message, attempts[i]);
                } else if (whole.disposition == Disposition::rejected) {
                    dead_letter(offset, bytes, response, whole.reason, whole.message, attempts[i]);
                } else {
                    dead_letter(offset, bytes, response, Reason::too_old,
                                std::string(sentence(Reason::too_old)) + ": " + whole.message, attempts[i]);
                }
                break;
            case Resolution::retry:
                counts_.retries.add(whole.reason);
                last_failure_ = whole.message;
                logging::debug("delivery_failed destination={} position={} attempts={} reason={} message=\"{}\"",
                               destination_.name, offset, attempts[i], code(whole.reason), whole.message);
                record_observation(events::Outcome::retried, bytes, response, whole.reason, whole.message, attempts[i],
                                   now);
                payloads_.put(offset, std::move(bytes));
                break;
        }
        if (by_itself) ++next_rejected;
    }
}

// A redirect to a host that may have our credentials moves the destination there, and the request is sent once more;
// any other is a fault. `asked` is who gave the answer: of requests that were in flight together the first moves it for
// all.
bool DestinationWorker::follow(http::client::HttpClient& client, const http::client::Endpoint& asked,
                               const HttpResponse& response, const DeliveryResult& result) {
    if (result.disposition != Disposition::redirected) {
        redirects_ = 0;
        return false;
    }
    const auto target = redirect_target(asked, response.location);
    const bool resend = target && (*target == client.endpoint() || ++redirects_ <= max_redirects);
    if (resend && *target != client.endpoint()) {
        logging::warn("destination_redirected destination={} to={}", destination_.name, target->authority());
        client.redirect(*target);
        update_host();
    }
    return resend;
}

void DestinationWorker::ack(Offset offset, std::size_t bytes, WallTime queued, WallTime now) {
    journal_.ack(stream_, offset, bytes);
    counts_.delivered.add();
    counts_.delivery_latency.add(now - queued);
}

// With the request that it would be by itself.
void DestinationWorker::dead_letter(Offset offset, std::string_view bytes, const HttpResponse& response, Reason reason,
                                    std::string message, std::uint32_t attempts) {
    logging::warn("dead_letter destination={} position={} attempts={} reason={} message=\"{}\"", destination_.name,
                  offset, attempts, code(reason), message);
    counts_.dead_lettered.add(reason);
    const auto record = journal::decode(bytes);
    customerio::Mapped mapped;
    journal::DeadLetter letter;
    if (map(record->event, mapped)) {
        letter.method = mapped.request.method;
        letter.path = std::move(mapped.request.path);
        letter.body = std::move(mapped.request.body);
    }
    letter.source = record->source;
    letter.destination = record->destination;
    letter.event = record->event;
    letter.reason = reason;
    letter.message = std::move(message);
    letter.status = response.status;
    letter.answer = response.body.substr(0, kept_answer);
    letter.attempts = attempts;
    letter.received = record->received;
    letter.dead_lettered_at = wall_now();
    record_observation(events::Outcome::dead_letter, bytes, response, reason, letter.message, attempts,
                       letter.dead_lettered_at);
    journal_.dead_letter(stream_, offset, bytes.size(), std::move(letter));
}

void DestinationWorker::dead_letter_unreadable(Offset offset, std::string bytes) {
    logging::error("record_unreadable destination={} position={}", destination_.name, offset);
    counts_.dead_lettered.add(Reason::unreadable_record);
    journal::DeadLetter letter;
    letter.destination = destination_.name;
    const auto size = bytes.size();
    letter.event = std::move(bytes);
    letter.reason = Reason::unreadable_record;
    letter.message = sentence(Reason::unreadable_record);
    letter.dead_lettered_at = wall_now();
    journal_.dead_letter(stream_, offset, size, std::move(letter));
}

}  // namespace pintle::delivery
