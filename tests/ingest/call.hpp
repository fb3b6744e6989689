#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "manual_journal.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/ingest/ingest.hpp"

namespace pintle::testing {

// 2026-11-24T00:00:00Z
inline constexpr WallTime test_epoch{std::chrono::milliseconds{1'795'478'400'000}};

// One request, spelled out by the test.
struct Call {
    boost::beast::http::verb method = boost::beast::http::verb::post;
    std::string path = "/v1/track";
    std::string query;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

// An Ingest with a journal under the test's control. Requests run on the calling thread, up to the commit they wait
// for; `resume` runs what a commit has resumed.
class IngestFixture {
public:
    using Seen = std::vector<std::pair<MessageHash, WallTime>>;

    // `message_ids`: what the journal brings from an earlier life.
    explicit IngestFixture(ingest::Options options = default_options(), Seen message_ids = {},
                           events::EventStream* event_stream = nullptr, http::MemoryBudget* memory = nullptr)
        : journal(std::move(message_ids)),
          ingest(
              std::move(options), journal, [this] { return now; }, event_stream, [this] { return now - ahead; },
              memory) {
        ingest.load_message_ids();
    }

    static ingest::Options default_options() {
        ingest::Options options;
        ingest::Source source;
        source.name = "default";
        source.write_keys = {"key"};
        ingest::Destination& destination = source.destinations.emplace_back();
        destination.name = "customerio";
        destination.stream = 1;
        options.sources.push_back(source);
        return options;
    }

    // Begins a request; its answer is there once it is done.
    std::shared_ptr<std::optional<http::Response>> begin(Call call) {
        auto done = std::make_shared<std::optional<http::Response>>();
        auto kept = std::make_shared<Kept>();
        kept->call = std::move(call);
        for (const auto& [name, value] : kept->call.headers) kept->headers.insert(name, value);
        http::Request request{kept->call.method, "",         "", kept->call.path, kept->call.query, kept->headers,
                              kept->call.body,   "127.0.0.1"};
        terms = {};
        if (auto refused = ingest.on_headers(request, terms)) {
            *done = std::move(*refused);
            return done;
        }
        boost::asio::co_spawn(io, serve(kept, request, done), [](const std::exception_ptr& error) {
            if (error) std::rethrow_exception(error);
        });
        resume();
        return done;
    }

    void resume() {
        io.restart();
        io.poll();
    }

    // A request whose commit succeeds at once.
    http::Response call(Call call) {
        auto done = begin(std::move(call));
        while (!journal.waiting.empty()) committed.push_back(journal.commit());
        resume();
        return std::move(done->value());
    }

    // As `call`, with the right write key.
    http::Response post(std::string path, std::string body) {
        return call({boost::beast::http::verb::post, std::move(path), "", {{"X-Write-Key", "key"}}, std::move(body)});
    }

    std::vector<std::string> events() const {
        std::vector<std::string> texts;
        for (const auto& append : committed) {
            for (const auto& entry : append.records) {
                texts.emplace_back(journal::decode(entry.bytes).value().event);
            }
        }
        return texts;
    }

    WallTime now = test_epoch;
    std::chrono::milliseconds ahead{};  // of the AgeClock
    ManualJournal journal;
    std::vector<journal::WriteBatch> committed;
    ingest::Ingest ingest;
    boost::asio::io_context io;
    http::Terms terms;  // of the last request

private:
    struct Kept {
        Call call;
        boost::beast::http::fields headers;
    };

    Awaitable<void> serve(std::shared_ptr<Kept> kept, http::Request request,
                          std::shared_ptr<std::optional<http::Response>> done) {
        http::Response answer;
        co_await ingest.on_request(request, answer);
        *done = std::move(answer);
        kept.reset();
    }
};

}  // namespace pintle::testing
