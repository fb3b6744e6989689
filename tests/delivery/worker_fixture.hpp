#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "fixtures.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/delivery/clock.hpp"
#include "pintle/delivery/destination_worker.hpp"
#include "pintle/telemetry/tracer.hpp"
#include "records.hpp"

// The real DestinationWorker on one thread, without network, disk and real time.
namespace pintle::delivery {

// Stands still until the test lets time pass.
class ManualClock final : public Clock {
public:
    TimePoint now() const override { return now_; }
    WallTime wall_now() const override { return WallTime{std::chrono::floor<milliseconds>(now_.time_since_epoch())}; }
    WallTime age_now() const override { return wall_now(); }
    WallTime wall_time_of(WallTime age) const override { return age; }
    std::unique_ptr<Alarm> make_alarm(boost::asio::io_context& io, std::function<void()> on_time) const override {
        return std::make_unique<ManualAlarm>(alarms_, io, std::move(on_time));
    }

    std::optional<TimePoint> next_alarm() const {
        std::optional<TimePoint> next;
        for (const auto* alarm : alarms_) {
            if (alarm->when && (!next || *alarm->when < *next)) next = alarm->when;
        }
        return next;
    }

    // Posts the alarms that are due by then.
    void set(TimePoint now) {
        now_ = std::max(now_, now);
        for (auto* alarm : alarms_) alarm->ring(now_);
    }

private:
    class ManualAlarm final : public Alarm {
    public:
        ManualAlarm(std::vector<ManualAlarm*>& all, boost::asio::io_context& io, std::function<void()> on_time)
            : all_(all), io_(io), on_time_(std::move(on_time)) {
            all_.push_back(this);
        }
        ~ManualAlarm() override { std::erase(all_, this); }
        ManualAlarm(const ManualAlarm&) = delete;
        ManualAlarm& operator=(const ManualAlarm&) = delete;

        void set(TimePoint to) override { when = to; }
        void cancel() override { when.reset(); }
        void ring(TimePoint now) {
            if (!when || *when > now) return;
            when.reset();
            boost::asio::post(io_, on_time_);
        }

        std::optional<TimePoint> when;

    private:
        std::vector<ManualAlarm*>& all_;
        boost::asio::io_context& io_;
        std::function<void()> on_time_;
    };

    TimePoint now_ = start;
    mutable std::vector<ManualAlarm*> alarms_;
};

// One stream in memory. Outlives its workers, as a journal's directory does.
class FakeJournal final : public journal::StreamReader,
                          public journal::Acknowledger,
                          public journal::MetadataStore,
                          public journal::StreamOwnership,
                          public journal::StreamCommands {
public:
    static constexpr journal::Stream stream = 1;

    // As a commit does; `announced` false: as a commit of an earlier process.
    Offset append(std::string bytes, bool announced = true) {
        records[++last_offset] = bytes;
        std::vector<journal::StoredRecord> committed{{last_offset, std::move(bytes)}};
        if (announced && owned && listener) listener(committed);
        return last_offset;
    }

    std::optional<journal::Stream> find_stream(std::string_view) const override { return stream; }
    std::vector<std::string> streams() const override { return {"customerio"}; }
    void subscribe(journal::Stream, journal::CommitListener committed) override { listener = std::move(committed); }
    std::vector<journal::StoredRecord> read(journal::Stream, Offset after, std::size_t limit,
                                            std::size_t) const override {
        ++reads;
        if (read_fails) throw std::runtime_error("the disk failed");
        std::vector<journal::StoredRecord> found;
        for (auto at = records.upper_bound(after); at != records.end() && found.size() < limit; ++at) {
            found.push_back({at->first, at->second});
        }
        return found;
    }
    Offset first_pending(journal::Stream) const override {
        return records.empty() ? last_offset + 1 : records.begin()->first;
    }
    Offset last(journal::Stream) const override { return last_offset; }
    std::uint64_t pending(journal::Stream) const override { return records.size(); }

    void ack(journal::Stream, Offset offset, std::size_t) override { finish(offset, std::nullopt); }
    void dead_letter(journal::Stream, Offset offset, std::size_t, journal::DeadLetter letter) override {
        finish(offset, std::move(letter));
    }
    std::uint64_t unwritten_acks(journal::Stream) const override { return unwritten; }
    void subscribe_dead_letters(journal::Stream, journal::DeadLetterListener committed) override {
        letter_listener = std::move(committed);
    }

    std::optional<std::string> metadata(journal::Stream, std::string_view name) const override {
        return metadata(name);
    }
    void set_metadata(journal::Stream, std::string_view name, std::string_view value) override {
        set_metadata(name, value);
    }

    void subscribe_ownership(journal::Stream, journal::OwnershipListener changed) override {
        ownership_listener = std::move(changed);
        if (owned && ownership_listener) ownership_listener(journal::OwnershipChange::began);
    }
    bool may_send(journal::Stream) const noexcept override { return owned; }
    void release(journal::Stream, journal::ReleaseReason) override { own(false); }

    void subscribe_duplicates(journal::Stream, journal::DuplicateListener dropped) override {
        duplicate_listener = std::move(dropped);
    }

    void submit(journal::Stream, std::string command, journal::WriteCallback done) override {
        command_listener(command, [done = std::move(done)] { done({}); });
    }
    void subscribe_commands(journal::Stream, journal::CommandListener commanded) override {
        command_listener = std::move(commanded);
    }

    void own(bool owns) {
        owned = owns;
        if (ownership_listener)
            ownership_listener(owns ? journal::OwnershipChange::began : journal::OwnershipChange::ended);
    }

    std::optional<std::string> metadata(std::string_view name) const override {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    }
    void set_metadata(std::string_view name, std::string_view value) override { values[std::string(name)] = value; }

    std::map<Offset, std::string> records;  // pending
    Offset last_offset = 0;
    std::vector<Offset> acked;
    std::vector<std::pair<Offset, journal::DeadLetter>> letters;
    std::map<std::string, std::string, std::less<>> values;
    std::uint64_t unwritten = 0;
    bool read_fails = false;
    mutable std::size_t reads = 0;
    journal::CommitListener listener;
    journal::DeadLetterListener letter_listener;
    journal::OwnershipListener ownership_listener;
    journal::CommandListener command_listener;
    journal::DuplicateListener duplicate_listener;
    bool owned = true;
    // Sees each record that is acked or dead-lettered, before it is removed.
    std::function<void(Offset, const journal::DeadLetter*)> on_finish;

private:
    void finish(Offset offset, std::optional<journal::DeadLetter> letter) {
        if (!owned) return;
        if (on_finish) on_finish(offset, letter ? &*letter : nullptr);
        records.erase(offset);
        if (letter) {
            letter->id = letters.size() + 1;
            if (letter_listener) letter_listener({{offset, *letter}});
            letters.emplace_back(offset, std::move(*letter));
        } else {
            acked.push_back(offset);
        }
    }
};

// Customer.io, and the way there: requests stay in flight until the test responds to them.
class FakeNetwork {
public:
    struct Call {
        http::client::HttpClientOptions options;
        http::client::Endpoint endpoint;
        HttpRequest request;
        const void* client = nullptr;
        std::function<void(HttpResponse)> respond;
    };

    ClientFactory factory() {
        return [this](boost::asio::io_context& io, http::client::HttpClientOptions options) {
            return std::make_shared<FakeClient>(*this, io, std::move(options));
        };
    }

    void respond(HttpResponse response, std::size_t which = 0) {
        if (which >= calls.size()) throw std::out_of_range("no such request is in flight");
        const auto at = calls.begin() + static_cast<std::ptrdiff_t>(which);
        const auto respond_to = std::move(at->respond);
        calls.erase(at);
        respond_to(std::move(response));
    }

    std::deque<Call> calls;  // in flight, the oldest first
    std::function<void(const Call&)> on_call;
    std::function<void(const Call&)> on_cancel;

private:
    class FakeClient final : public http::client::Client {
    public:
        FakeClient(FakeNetwork& network, boost::asio::io_context& io, http::client::HttpClientOptions options)
            : network_(network), io_(io), options_(std::move(options)), endpoint_(options_.endpoint) {}

        Awaitable<HttpResponse> send(const HttpRequest& request) override {
            if (options_.may_send && !options_.may_send()) co_return HttpResponse{0, {}, {}, {}, "stopped"};
            co_return co_await boost::asio::async_initiate<decltype(awaiting), void(HttpResponse)>(
                [&](auto handler) {
                    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
                    const auto respond = [&io = io_, shared](HttpResponse response) {
                        boost::asio::post(io, [shared, response = std::move(response)]() mutable {
                            std::move (*shared)(std::move(response));
                        });
                    };
                    network_.calls.push_back({options_, endpoint_, request, this, respond});
                    if (network_.on_call) network_.on_call(network_.calls.back());
                },
                awaiting);
        }
        void redirect(http::client::Endpoint endpoint) override { endpoint_ = std::move(endpoint); }
        const http::client::Endpoint& endpoint() const noexcept override { return endpoint_; }
        std::size_t connections() const noexcept override { return network_.calls.size(); }
        void close() override { cancel(); }
        void cancel() override {
            auto& calls = network_.calls;
            for (std::size_t i = calls.size(); i-- > 0;) {
                if (calls[i].client != this) continue;
                if (network_.on_cancel) network_.on_cancel(calls[i]);
                network_.respond({0, {}, {}, {}, "closed"}, i);
            }
        }

    private:
        FakeNetwork& network_;
        boost::asio::io_context& io_;
        const http::client::HttpClientOptions options_;
        http::client::Endpoint endpoint_;
    };
};

// A worker and all that it works with. `restart` ends it as a crash does.
class WorkerFixture {
public:
    explicit WorkerFixture(std::uint64_t seed = 1) : seed_(seed) {
        destination.name = "customerio";
        destination.site_id = "site";
        destination.api_key = "key";
    }
    ~WorkerFixture() { stop(); }
    WorkerFixture(const WorkerFixture&) = delete;
    WorkerFixture& operator=(const WorkerFixture&) = delete;

    void start_worker() {
        make_worker();
        worker->start();
        poll();
    }
    void make_worker() {
        io_ = std::make_unique<boost::asio::io_context>();
        worker = std::make_unique<DestinationWorker>(
            WorkerEnvironment{*io_, io_->get_executor(), journal, journal, journal, journal, journal, events, clock,
                              network.factory(), ++seed_, environment_tracer},
            FakeJournal::stream, destination);
    }

    // What is in flight is never responded to.
    void stop() {
        network.calls.clear();
        journal.listener = nullptr;
        worker.reset();
        io_.reset();
    }

    void restart() {
        stop();
        start_worker();
    }

    void reload() {
        worker->reconfigure(destination, worker->connect(destination));
        poll();
    }

    // Runs all that can run now.
    void poll() {
        io_->restart();
        while (io_->poll() > 0) continue;
    }
    void poll_one() {
        io_->restart();
        io_->poll_one();
    }

    void pass(TimePoint::duration time) {
        const auto until = clock.now() + time;
        // One alarm after the other, as real time does.
        for (auto next = clock.next_alarm(); next && *next <= until; next = clock.next_alarm()) {
            clock.set(*next);
            poll();
        }
        clock.set(until);
        poll();
    }

    Offset append(std::string bytes) {
        const auto offset = journal.append(std::move(bytes));
        if (io_) poll();
        return offset;
    }
    // A track event of a person, whose request's body names it.
    Offset track(std::uint64_t person, std::string_view name) { return append(track_bytes(person, name)); }
    std::string track_bytes(std::uint64_t person, std::string_view name) const {
        const std::string event = R"({"type":"track","userId":"p)" + std::to_string(person) + R"(","event":")" +
                                  std::string(name) + R"(","messageId":"m-)" + std::string(name) + R"("})";
        return record_bytes({person, 0, 0}, event, clock.wall_now());
    }

    void respond(int status, std::string body = "{}", std::size_t which = 0) {
        HttpResponse response;
        response.status = status;
        response.body = std::move(body);
        respond(std::move(response), which);
    }
    void respond(HttpResponse response, std::size_t which = 0) {
        network.respond(std::move(response), which);
        poll();
    }

    ManualClock clock;
    FakeJournal journal;
    FakeNetwork network;
    events::EventStream events;
    config::Destination destination;
    telemetry::Tracer* environment_tracer = nullptr;  // of the next worker
    std::unique_ptr<DestinationWorker> worker;

private:
    std::uint64_t seed_;
    std::unique_ptr<boost::asio::io_context> io_;
};

}  // namespace pintle::delivery
