#include "ingress/dedupe.hpp"

namespace pintle::ingress {

void Dedupe::remember(const MessageHash& message, WallTime time) {
    const std::lock_guard lock(mutex_);
    seen_.remember(message, time);
}

bool Dedupe::claim(const MessageHash& message, WallTime now, Latch& latch) {
    const std::lock_guard lock(mutex_);
    seen_.forget_before(now - window_);
    if (seen_.contains(message)) return false;
    const auto [claim, fresh] = claims_.try_emplace(message, Claim{&latch, {}});
    if (fresh) return true;
    if (claim->second.holder != &latch) {
        latch.expect();
        claim->second.waiting.push_back(&latch);
    }
    return false;
}

std::size_t Dedupe::size() const {
    const std::lock_guard lock(mutex_);
    return seen_.size();
}

void Dedupe::release(const std::vector<MessageHash>& messages, WallTime time, boost::system::error_code error) {
    std::vector<Latch*> waiting;
    {
        const std::lock_guard lock(mutex_);
        for (const MessageHash& message : messages) {
            if (!error) seen_.remember(message, time);
            const auto claim = claims_.find(message);
            if (claim == claims_.end()) continue;
            waiting.insert(waiting.end(), claim->second.waiting.begin(), claim->second.waiting.end());
            claims_.erase(claim);
        }
    }
    for (Latch* latch : waiting) latch->arrived(error);
}

}  // namespace pintle::ingress
