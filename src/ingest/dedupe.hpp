#pragma once

#include <chrono>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "commit_waiter.hpp"
#include "message_id_shares.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::ingest {

using MessageHashes = boost::container::small_vector<MessageHash, 1>;

// Distinguishes the messages of a source by destination, as each judges by itself whether it knows one. A destination
// is known by its stream, which stays the same when its name changes.
class MessageKeys {
public:
    explicit MessageKeys(journal::Stream stream) : of_destination_(message_hash("", std::to_string(stream))) {}

    // Different for each pair of message and destination, as surely as hashes differ.
    MessageHash operator()(const MessageHash& message) const noexcept {
        MessageHash key = message;
        for (std::size_t i = 0; i < key.size(); ++i) key[i] ^= of_destination_[i];
        return key;
    }

private:
    MessageHash of_destination_;
};

// The keys of messages of a time window: those on disk, and those whose commit is in flight. Exact, with 128-bit
// hashes. Thread-safe.
class Dedupe {
public:
    using Source = MessageIdShares::Source;

    static constexpr std::size_t usual_limit = 2'000'000;  // of all sources

    explicit Dedupe(std::chrono::milliseconds window, std::size_t limit = usual_limit)
        : window_(window), message_ids_(limit) {}

    Source source(std::string_view name);  // for the other functions

    bool enabled() const noexcept { return window_.count() > 0; }

    // Adds a message that is on disk since `time`; times ascend.
    void remember(Source source, const MessageHash& message, WallTime time);

    // Claims those of a request's messages that are new, and says of each whether it is; the caller must call
    // `committed` or `failed` with the new ones. `waiter` waits for those that another request is committing, and also
    // names the request. All are claimed at once: of two requests with the same messages one claims them all, and
    // requests that wait for each other's claims never do so in a circle.
    using Claimed = boost::container::small_vector<bool, 1>;
    Claimed claim(Source source, std::span<const MessageHash> messages, WallTime now, CommitWaiter& waiter);

    void committed(Source source, std::span<const MessageHash> messages, WallTime time) {
        release(source, messages, time, {});
    }
    void failed(std::span<const MessageHash> messages, boost::system::error_code error) {
        release({}, messages, {}, error);
    }

    std::size_t size() const;

private:
    struct Hash {
        std::size_t operator()(const MessageHash& message) const noexcept {
            std::size_t word = 0;  // the hash is uniformly distributed
            std::memcpy(&word, message.data(), sizeof word);
            return word;
        }
    };
    struct Claim {
        const CommitWaiter* holder = nullptr;
        std::vector<CommitWaiter*> waiting;
    };

    using Claims = std::unordered_map<MessageHash, Claim, Hash>;

    bool claim(Source source, const MessageHash& message, CommitWaiter& waiter) REQUIRES(mutex_);
    void add_claim(const MessageHash& message, const CommitWaiter& waiter) REQUIRES(mutex_);
    void end_claim(Claims::iterator claim, std::vector<CommitWaiter*>& waiting) REQUIRES(mutex_);
    void release(Source source, std::span<const MessageHash> messages, WallTime time, boost::system::error_code error);

    const std::chrono::milliseconds window_;
    mutable Mutex mutex_;
    MessageIdShares message_ids_ GUARDED_BY(mutex_);
    Claims claims_ GUARDED_BY(mutex_);
    std::vector<Claims::node_type> spare_ GUARDED_BY(mutex_);  // nodes of ended claims, for reuse
};

}  // namespace pintle::ingest
