#include "dedupe.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"

#include <utility>

namespace pintle::ingest {
namespace {

constexpr std::size_t max_spare = 4096;  // claims

}  // namespace

Dedupe::Source Dedupe::source(std::string_view name) {
    const MutexLock lock(mutex_);
    return message_ids_.source(name);
}

void Dedupe::remember(Source source, const MessageHash& message, WallTime time) {
    const MutexLock lock(mutex_);
    message_ids_.remember(source, message, time);
}

Dedupe::Claimed Dedupe::claim(Source source, std::span<const MessageHash> messages, WallTime now,
                              CommitWaiter& waiter) {
    Claimed claimed;
    claimed.reserve(messages.size());
    const MutexLock lock(mutex_);
    message_ids_.forget_before(source, now - window_);
    for (const auto& message : messages) claimed.push_back(claim(source, message, waiter));
    return claimed;
}

bool Dedupe::claim(Source source, const MessageHash& message, CommitWaiter& waiter) {
    if (message_ids_.contains(source, message)) return false;
    if (const auto claim = claims_.find(message); claim != claims_.end()) {
        if (claim->second.holder != &waiter) {
            waiter.expect();
            claim->second.waiting.push_back(&waiter);
        }
        return false;
    }
    add_claim(message, waiter);
    return true;
}

void Dedupe::add_claim(const MessageHash& message, const CommitWaiter& waiter) {
    if (spare_.empty()) {
        claims_.emplace(message, Claim{&waiter, {}});
        return;
    }
    auto& node = spare_.back();
    node.key() = message;
    node.mapped().holder = &waiter;
    claims_.insert(std::move(node));
    spare_.pop_back();
}

void Dedupe::end_claim(Claims::iterator claim, std::vector<CommitWaiter*>& waiting) {
    auto& own = claim->second.waiting;
    waiting.insert(waiting.end(), own.begin(), own.end());
    if (spare_.size() == max_spare) {
        claims_.erase(claim);
        return;
    }
    own.clear();
    spare_.push_back(claims_.extract(claim));
}

std::size_t Dedupe::size() const {
    const MutexLock lock(mutex_);
    return message_ids_.size();
}

void Dedupe::release(Source source, std::span<const MessageHash> messages, WallTime time,
                     boost::system::error_code error) {
    std::vector<CommitWaiter*> waiting;
    {
        const MutexLock lock(mutex_);
        for (const MessageHash& message : messages) {
            if (!error) message_ids_.remember(source, message, time);
            const auto claim = claims_.find(message);
            if (claim != claims_.end()) end_claim(claim, waiting);
        }
    }
    for (CommitWaiter* waiter : waiting) waiter->arrived(error);
}

}  // namespace pintle::ingest
