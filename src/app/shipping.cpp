// One request: which records go in it, how they become one, and what comes of its answer for each.
#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/runner.hpp"
#include "pintle/logging/logging.hpp"
#include "pintle/mapping/batch.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::app {

using delivery::Answer;
using delivery::Awaitable;
using delivery::Fate;
using delivery::Verdict;
using journal::Position;

namespace {

constexpr boost::asio::use_awaitable_t<delivery::Executor> awaiting{};
constexpr std::chrono::seconds read_pause{1};  // after the disk failed
constexpr int max_redirects = 5;

}  // namespace

// What goes in one request.
struct Runner::Shipment {
    struct Item {
        Position position = 0;
        std::string bytes;  // the record
        WallTime queued;
    };
    schedule::InFlight in_flight;
    std::vector<Item> items;
    mapping::Request request;
    bool disk_failed = false;

    std::vector<Position> positions() const {
        std::vector<Position> all;
        all.reserve(items.size());
        for (const Item& item : items) all.push_back(item.position);
        return all;
    }
};

// The record's bytes; empty where the disk fails.
Awaitable<std::string> Runner::load(Position position) {
    std::string bytes = window_.take(position);
    if (!bytes.empty()) co_return bytes;
    co_return co_await boost::asio::async_initiate<decltype(awaiting), void(std::string)>(
        [this, position](auto handler) {
            boost::asio::post(
                readers_, [this, position, name = destination_.name, handler = std::move(handler)]() mutable {
                    std::string found;
                    try {
                        auto records = journal_.read(log_, position - 1, 1, 1);
                        if (!records.empty() && records.front().position == position)
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

mapping::Result<void> Runner::map(std::string_view event, mapping::Mapped& mapped) {
    const auto parsed = event_.parse(event);
    return parsed ? mapper_.map(event_, mapped) : parsed;
}

// Maps the records one after the other into one request, and gives back to the scheduler what does not go in it.
Awaitable<Runner::Shipment> Runner::pack(std::vector<Position> positions) {
    Shipment shipment;
    mapping::Batch batch;
    mapping::Mapped mapped;
    bool full = false;
    bool gap = false;  // somebody was left out: none that follows may go
    const auto leave_out = [&](Position position, std::string bytes, bool alone = false) {
        if (!bytes.empty()) window_.put(position, std::move(bytes));
        scheduler_.leave_out(position, alone);
        gap = true;
    };
    for (const Position position : positions) {
        if (full || (gap && scheduler_.follows(position))) {
            leave_out(position, {});
            continue;
        }
        std::string bytes = co_await load(position);
        const auto record = record::decode(bytes);
        if (!record) {  // the disk fails; `load` has said so
            shipment.disk_failed = full = true;
            leave_out(position, {});
            continue;
        }
        if (const auto done = map(record->event, mapped); !done) {  // the options have changed since it was taken in
            if (scheduler_.follows(position)) {
                leave_out(position, std::move(bytes));
                continue;
            }
            bury(position, bytes, {}, done.error(), std::string(sentence(done.error())), scheduler_.attempts(position));
            scheduler_.discard(position);
            continue;
        }
        if (positions.size() > 1 && batch.add(mapped.request)) {
            shipment.items.push_back({position, std::move(bytes), record->queued()});
        } else if (batch.size() == 0) {  // it is the only one, or cannot go with others and comes first
            shipment.items.push_back({position, std::move(bytes), record->queued()});
            std::swap(shipment.request, mapped.request);
            full = true;
        } else {
            full = mapping::is_batch_item(mapped.request);  // it has no room
            leave_out(position, std::move(bytes), !full);
        }
    }
    if (batch.size() > 0) batch.finish(shipment.request);
    co_return shipment;
}

Awaitable<void> Runner::deliver(schedule::InFlight request, std::vector<Position> positions) {
    Shipment shipment = co_await pack(std::move(positions));
    shipment.in_flight = request;
    if (shipment.items.empty()) {
        if (shipment.disk_failed) {
            Timer pause(io_, read_pause);
            co_await pause.async_wait(awaiting);
        }
        scheduler_.abandon(request);
        co_return;
    }
    const auto sender = sender_;
    const delivery::Endpoint asked = sender->endpoint();
    const auto begin = steady_now();
    counts_.requests_in_flight.fetch_add(1, std::memory_order_relaxed);
    const Answer answer = co_await sender->send(shipment.request);
    counts_.requests_in_flight.fetch_sub(1, std::memory_order_relaxed);
    counts_.request_duration.add(steady_now() - begin);
    if (answer.status == 0 && stopping_) {
        scheduler_.put_back(request, shipment.positions());
        co_return;
    }
    const auto verdict = delivery::classify_batch(answer, shipment.items.size(), wall_now());
    // What does not work by a configuration that is no longer in force says nothing about the one that is.
    const bool outdated =
        sender != sender_ && verdict.whole.fate != Fate::delivered && verdict.whole.fate != Fate::dead;
    if (outdated || follow(*sender, asked, answer, verdict.whole)) {
        keep(shipment);
        scheduler_.resend(request, shipment.positions());
    } else if (verdict.halve) {
        halve(shipment, verdict.whole);
    } else {
        conclude(shipment, answer, verdict);
    }
}

// The records wait for another turn.
void Runner::keep(Shipment& shipment) {
    for (auto& item : shipment.items) window_.put(item.position, std::move(item.bytes));
}

void Runner::halve(Shipment& shipment, const Verdict& verdict) {
    logging::info("batch_rejected destination={} items={} reason={} message=\"{}\"", destination_.name,
                  shipment.items.size(), code(verdict.reason), verdict.message);
    keep(shipment);
    scheduler_.halve(shipment.in_flight, shipment.positions(), steady_now());
}

void Runner::conclude(Shipment& shipment, const Answer& answer, const delivery::BatchVerdict& verdict) {
    const auto& [halved, whole, rejected] = verdict;
    say_trouble(answer, whole);
    std::vector<schedule::Scheduler::Sent> sent;
    std::vector<std::uint32_t> attempts;
    sent.reserve(shipment.items.size());
    attempts.reserve(shipment.items.size());
    const auto now = wall_now();
    const auto age_now = ages_.now();
    for (const auto& item : shipment.items) {
        sent.push_back({item.position, pauses_.age(item.queued, age_now), false});
        attempts.push_back(scheduler_.attempts(item.position) + (whole.fate == Fate::held ? 0 : 1));
    }
    for (const auto& item : rejected) sent[item.index].rejected = true;
    std::vector<schedule::Outcome> outcomes;
    scheduler_.answered(shipment.in_flight, sent, whole, steady_now(), outcomes);

    auto next_rejected = rejected.begin();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto& [position, bytes, queued] = shipment.items[i];
        const bool by_itself = sent[i].rejected;
        switch (outcomes[i]) {
            case schedule::Outcome::settled:
                show(live::Outcome::delivered, bytes, answer, {}, {}, attempts[i], now);
                settle(position, bytes.size(), queued, age_now);
                break;
            case schedule::Outcome::dead:
                if (by_itself) {
                    bury(position, bytes, {answer.status, next_rejected->error, {}, {}, {}}, Reason::rejected_207,
                         next_rejected->message, attempts[i]);
                } else if (whole.fate == Fate::dead) {
                    bury(position, bytes, answer, whole.reason, whole.message, attempts[i]);
                } else {
                    bury(position, bytes, answer, Reason::too_old,
                         std::string(sentence(Reason::too_old)) + ": " + whole.message, attempts[i]);
                }
                break;
            case schedule::Outcome::waiting:
                counts_.retries.add(whole.reason);
                last_failure_ = whole.message;
                logging::debug("delivery_failed destination={} position={} attempts={} reason={} message=\"{}\"",
                               destination_.name, position, attempts[i], code(whole.reason), whole.message);
                show(live::Outcome::retried, bytes, answer, whole.reason, whole.message, attempts[i], now);
                window_.put(position, std::move(bytes));
                break;
        }
        if (by_itself) ++next_rejected;
    }
}

// A redirect to a host that may have our credentials moves the destination there, and the request is sent once more;
// any other is a fault. `asked` is who gave the answer: of requests that were in flight together the first moves it for
// all.
bool Runner::follow(delivery::Sender& sender, const delivery::Endpoint& asked, const Answer& answer,
                    const Verdict& verdict) {
    if (verdict.fate != Fate::redirected) {
        redirects_ = 0;
        return false;
    }
    const auto target = delivery::redirect_target(asked, answer.location);
    const bool resend = target && (*target == sender.endpoint() || ++redirects_ <= max_redirects);
    if (resend && *target != sender.endpoint()) {
        logging::warn("destination_redirected destination={} to={}", destination_.name, target->authority());
        sender.redirect(*target);
        update_host();
    }
    return resend;
}

void Runner::settle(Position position, std::size_t bytes, WallTime queued, WallTime now) {
    journal_.settle(log_, position, bytes);
    counts_.delivered.add();
    counts_.delivery_latency.add(now - queued);
}

// With the request that it would be by itself.
void Runner::bury(Position position, std::string_view bytes, const Answer& answer, Reason reason, std::string message,
                  std::uint32_t attempts) {
    logging::warn("dead_letter destination={} position={} attempts={} reason={} message=\"{}\"", destination_.name,
                  position, attempts, code(reason), message);
    counts_.dead_lettered.add(reason);
    const auto record = record::decode(bytes);
    mapping::Mapped mapped;
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
    letter.status = answer.status;
    letter.answer = answer.body.substr(0, kept_answer);
    letter.attempts = attempts;
    letter.received = record->received;
    letter.died = wall_now();
    show(live::Outcome::dead_letter, bytes, answer, reason, letter.message, attempts, letter.died);
    journal_.dead_letter(log_, position, bytes.size(), std::move(letter));
}

void Runner::bury_unreadable(Position position, std::string bytes) {
    logging::error("record_unreadable destination={} position={}", destination_.name, position);
    counts_.dead_lettered.add(Reason::unreadable_record);
    journal::DeadLetter letter;
    letter.destination = destination_.name;
    const auto size = bytes.size();
    letter.event = std::move(bytes);
    letter.reason = Reason::unreadable_record;
    letter.message = sentence(Reason::unreadable_record);
    letter.died = wall_now();
    journal_.dead_letter(log_, position, size, std::move(letter));
}

}  // namespace pintle::app
