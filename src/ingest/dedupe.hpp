#pragma once

#include <chrono>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "commit_waiter.hpp"
#include "message_id_shares.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::ingest {

using MessageHashes = boost::container::small_vector<MessageHash, 1>;

// The messages seen within a window: those on disk, and those whose commit is under way. Whole 128-bit hashes, never a
// filter that can be wrong. Thread-safe.
class Dedupe {
public:
    using Source = MessageIdShares::Source;

    static constexpr std::size_t usual_limit = 2'000'000;  // of the newest, of all sources

    explicit Dedupe(std::chrono::milliseconds window, std::size_t limit = usual_limit)
        : window_(window), message_ids_(limit) {}

    Source source(std::string_view name);  // by which the others know it

    bool enabled() const noexcept { return window_.count() > 0; }

    // A message is on disk since `time`; times rise.
    void remember(Source source, const MessageHash& message, WallTime time);

    // True: the message is new, and the caller now holds it until `committed` or `failed`. False: it is a repeat;
    // where its first is another request's whose commit is still under way, `latch` expects that one's outcome.
    bool claim(Source source, const MessageHash& message, WallTime now, CommitWaiter& latch);

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
            std::size_t word = 0;  // the hash's own bits are as good as random
            std::memcpy(&word, message.data(), sizeof word);
            return word;
        }
    };
    struct Claim {
        const CommitWaiter* holder = nullptr;
        std::vector<CommitWaiter*> waiting;
    };

    using Claims = std::unordered_map<MessageHash, Claim, Hash>;

    void add_claim(const MessageHash& message, const CommitWaiter& latch);
    void end_claim(Claims::iterator claim, std::vector<CommitWaiter*>& waiting);
    void release(Source source, std::span<const MessageHash> messages, WallTime time, boost::system::error_code error);

    const std::chrono::milliseconds window_;
    mutable std::mutex mutex_;
    MessageIdShares message_ids_;
    Claims claims_;
    std::vector<Claims::node_type> spare_;  // of claims that have ended: they come and go with every event
};

}  // namespace pintle::ingest
