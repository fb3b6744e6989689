#pragma once

#include <chrono>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "ingress/latch.hpp"
#include "ingress/seen_ring.hpp"
#include "pintle/record/record.hpp"

namespace pintle::ingress {

using MessageHashes = boost::container::small_vector<MessageHash, 1>;

// The messages seen within a window: those on disk, and those whose commit is under way. Whole 128-bit hashes, never a
// filter that can be wrong. Thread-safe.
class Dedupe {
public:
    static constexpr std::size_t limit = 2'000'000;  // of the newest

    explicit Dedupe(std::chrono::milliseconds window) : window_(window) {}

    bool enabled() const noexcept { return window_.count() > 0; }

    // A message is on disk since `time`; times rise.
    void remember(const MessageHash& message, WallTime time);

    // True: the message is new, and the caller now holds it until `committed` or `failed`. False: it is a repeat;
    // where its first is another request's whose commit is still under way, `latch` expects that one's outcome.
    bool claim(const MessageHash& message, WallTime now, Latch& latch);

    void committed(std::span<const MessageHash> messages, WallTime time) { release(messages, time, {}); }
    void failed(std::span<const MessageHash> messages, boost::system::error_code error) {
        release(messages, {}, error);
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
        const Latch* holder = nullptr;
        std::vector<Latch*> waiting;
    };

    using Claims = std::unordered_map<MessageHash, Claim, Hash>;

    void add_claim(const MessageHash& message, const Latch& latch);
    void end_claim(Claims::iterator claim, std::vector<Latch*>& waiting);
    void release(std::span<const MessageHash> messages, WallTime time, boost::system::error_code error);

    const std::chrono::milliseconds window_;
    mutable std::mutex mutex_;
    SeenRing seen_{limit};
    Claims claims_;
    std::vector<Claims::node_type> spare_;  // of claims that have ended: they come and go with every event
};

}  // namespace pintle::ingress
